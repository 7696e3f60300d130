"""Make the tables of the marts. A mart whose columns are another version's is made anew: it can be computed again."""

import duckdb

from tracking_pipeline.lake.marts.tables import MART_TABLES


def are_complete(found: dict[str, set[str]]) -> bool:
    """Tell whether every mart is there with exactly its columns; ``found`` has the columns of what the lake has."""
    return all(set(table.names) == found.get(table.name) for table in MART_TABLES)


def drop_outdated(connection: duckdb.DuckDBPyConnection, found: dict[str, set[str]]) -> None:
    """Drop the marts (views of an older version, too) unless all are there as they should be; forgets what they saw."""
    if are_complete(found):
        return
    kinds = connection.execute(
        "select table_name, table_type from information_schema.tables where table_catalog = 'lake'"
    ).fetchall()
    views = {name for name, kind in kinds if kind == "VIEW"}
    for table in MART_TABLES:
        if table.name in found:
            connection.execute(f"drop {'view' if table.name in views else 'table'} {table.name}")
            del found[table.name]
