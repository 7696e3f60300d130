"""Rows and deletions that DuckLake keeps inside the catalog, in a table per shape of theirs, until they are flushed."""

import duckdb

from tracking_pipeline.lake import attach

CATALOG = "__ducklake_metadata_lake"
SHAPES = f"""
select t.table_id, t.table_name, list(i.table_name)
from {CATALOG}.ducklake_inlined_data_tables as i
join {CATALOG}.ducklake_table as t using (table_id)
where t.end_snapshot is null
group by t.table_id, t.table_name
order by t.table_id
"""


def flush(connection: attach.Connection) -> int:
    """Write them to files, one table after the other, and only where there are some; return the rows of the answers.

    A flush of a table costs 50 ms even where nothing waits. And all tables at once, after an upgrade, were once seen
    to fail in DuckLake (DuckDB 1.5.5), which had lost the name of a table of the older shape.
    """
    flushed = 0
    for table_id, name, inlined in connection.execute(SHAPES).fetchall():
        waiting = (_has_rows(connection, table) for table in (*inlined, f"ducklake_inlined_delete_{table_id}"))
        if len(inlined) > 1 or any(waiting):
            flushed += _flush_table(connection, name)
    return flushed


def flush_older_shapes(connection: attach.Connection) -> int:
    """Flush the tables whose columns an upgrade changed; return how many.

    The next flush drops what is of an older shape, and whoever has read of that by then fails for good (tried); so it
    is done before anybody has.
    """
    names = [name for _, name, inlined in connection.execute(SHAPES).fetchall() if len(inlined) > 1]
    for name in names:
        _flush_table(connection, name)
    return len(names)


def _flush_table(connection: attach.Connection, name: str) -> int:
    return len(connection.execute(f"call ducklake_flush_inlined_data('lake', table_name => '{name}')").fetchall())


def _has_rows(connection: attach.Connection, inlined: str) -> bool:
    """Tell whether a table of the catalog exists and holds something."""
    try:
        return connection.execute(f"select 1 from {CATALOG}.{inlined} limit 1").fetchone() is not None
    except duckdb.CatalogException:
        return False
