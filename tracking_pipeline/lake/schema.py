"""Make the lake: all tables, views and comments, before the first event. Idempotent.

A lake that an older version made gets the tables and columns that it lacks; its rows have null there.
"""

from importlib import resources

import duckdb

from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.marts import schema as marts
from tracking_pipeline.lake.marts.tables import MART_TABLES
from tracking_pipeline.lake.tables import TABLES, Table
from tracking_pipeline.lake.writer import sync_file_system, writer_lock

# view -> its comment; its SQL is sql/<view>.sql
VIEWS = {
    "delivery_status": "One row per stored event and destination it is for, with its newest state.",
    "undelivered": "One row per stored event and destination it was not sent to, with the reason in words.",
    "expires_next": "One row per event that leaves by itself and destination, soonest to expire first.",
    "delivery_failures": "One row per destination, state and reason of events that do not leave by themselves.",
    "delivery_accounts": "One row per hour of receipt, destination and source: stored, and what became of it.",
    "delivery_fixes": "One row per change that was made to an event so that a destination takes it: rule and field.",
    "receipts": "One row per received row, wherever it rests: events, duplicates, rejected_events or set_aside.",
    "duplicate_conflicts": "One row per duplicate whose content is not that of the copy in events.",
}


def make_lake(settings: Settings) -> None:
    """Create what is missing in one transaction under the writer lock; a complete lake is left as it is.

    Readers go on meanwhile. Only a transaction that began before an upgrade and reads on after it can fail, once.
    """
    (settings.lake_dir / "data").mkdir(mode=0o700, parents=True, exist_ok=True)
    with writer_lock(settings), attach.opened(settings) as connection:
        found = _columns(connection)
        if _is_complete(found):
            return
        is_upgrade = "events" in found
        _create(connection, settings, found)
        if is_upgrade:
            # Small inserts rest in the catalog, in a table per shape. The next flush drops those of older shapes, and
            # whoever has read of them by then fails for good (tried), so it is done here, before anybody has. A new
            # lake has none; there it would take 1 s of every first start.
            connection.execute("call ducklake_flush_inlined_data('lake')").fetchall()
            sync_file_system(settings.lake_dir)


def statement(name: str) -> str:
    """Return the text of ``sql/<name>.sql``."""
    return resources.files("tracking_pipeline.lake").joinpath("sql", f"{name}.sql").read_text()


def _is_complete(found: dict[str, set[str]]) -> bool:
    kept = all(set(table.names) <= found.get(table.name, set()) for table in TABLES)
    return kept and set(VIEWS) <= found.keys() and marts.are_complete(found)


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Columns of every table and view that the lake has."""
    rows = connection.execute(
        "select table_name, column_name from information_schema.columns where table_catalog = 'lake'"
    ).fetchall()
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return found


def _create(connection: duckdb.DuckDBPyConnection, settings: Settings, found: dict[str, set[str]]) -> None:
    connection.execute("begin")
    marts.drop_outdated(connection, found)
    for table in (*TABLES, *MART_TABLES):
        if table.name in found:
            _add_columns(connection, table, found[table.name])
        else:
            _create_table(connection, table)
        _comment(connection, table)
    for view, about in VIEWS.items():
        _create_view(connection, view, about)
    connection.execute("insert into fence select 0 where not exists (from fence)")
    connection.execute("call lake.set_option('parquet_compression', 'zstd')").fetchall()
    sync_file_system(settings.lake_dir)
    connection.execute("commit")


def _create_table(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    columns = ", ".join(f"{c.name} {c.type}{' not null' if c.required else ''}" for c in table.columns)
    connection.execute(f"create table {table.name} ({columns})")
    if table.partitioned_by:
        connection.execute(f"alter table {table.name} set partitioned by ({table.partitioned_by})")


def _add_columns(connection: duckdb.DuckDBPyConnection, table: Table, found: set[str]) -> None:
    """Add what an older version did not know. Never `not null`: the rows that are there have nothing to say."""
    for column in table.columns:
        if column.name not in found:
            connection.execute(f"alter table {table.name} add column {column.name} {column.type}")


def _comment(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    connection.execute(f"comment on table {table.name} is {_quoted(table.about)}")
    for column in table.columns:
        connection.execute(f"comment on column {table.name}.{column.name} is {_quoted(column.about)}")


def _create_view(connection: duckdb.DuckDBPyConnection, view: str, about: str) -> None:
    connection.execute(statement(view))
    connection.execute(f"comment on view {view} is {_quoted(about)}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
