"""Make the lake: all tables, views and comments, before the first event. Idempotent."""

import re
from importlib import resources

import duckdb

from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.tables import TABLES, Table
from tracking_pipeline.lake.writer import sync_file_system, writer_lock

_MACRO = re.compile(r"macro (\w+)\([^)]*\) as\n(.*?);", re.DOTALL)

# view -> its comment; its SQL is sql/<view>.sql
VIEWS = {
    "delivery_status": "One row per stored event and destination it is for, with its newest state.",
    "duplicate_conflicts": "One row per duplicate whose content is not that of the copy in events.",
    "sessions": "One row per stretch of a client's events without a pause of more than 30 minutes. No bots.",
    "users": "One row per visitor. No bots.",
    "page_views": "One row per page call. No bots.",
    "daily_metrics": "One row per day of TRACKING_TIMEZONE. No bots.",
    "swaps": "One row per route execution of the LI.FI widget.",
}


def make_lake(settings: Settings) -> None:
    """Create what is missing in one transaction under the writer lock; an existing lake is left as it is."""
    (settings.lake_dir / "data").mkdir(mode=0o700, parents=True, exist_ok=True)
    with writer_lock(settings), attach.connect(settings) as connection:
        if not _is_complete(connection):
            _create(connection, settings)


def statement(name: str) -> str:
    """Return the text of ``sql/<name>.sql``."""
    return resources.files("tracking_pipeline.lake").joinpath("sql", f"{name}.sql").read_text()


def _is_complete(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute(
        "select table_name from information_schema.tables where table_catalog = 'lake'"
    ).fetchall()
    return {table.name for table in TABLES} | set(VIEWS) <= {name for (name,) in found}


def _create(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    connection.execute("begin")
    for table in TABLES:
        _create_table(connection, table)
    for view, about in VIEWS.items():
        _create_view(connection, settings, view, about)
    connection.execute("insert into fence select 0 where not exists (from fence)")
    connection.execute("call lake.set_option('parquet_compression', 'zstd')").fetchall()
    sync_file_system(settings.lake_dir)
    connection.execute("commit")


def _create_table(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    columns = ", ".join(f"{c.name} {c.type}{' not null' if c.required else ''}" for c in table.columns)
    connection.execute(f"create table if not exists {table.name} ({columns})")
    if table.partitioned_by:
        connection.execute(f"alter table {table.name} set partitioned by ({table.partitioned_by})")
    connection.execute(f"comment on table {table.name} is {_quoted(table.about)}")
    for column in table.columns:
        connection.execute(f"comment on column {table.name}.{column.name} is {_quoted(column.about)}")


def _create_view(connection: duckdb.DuckDBPyConnection, settings: Settings, view: str, about: str) -> None:
    """Create a view; whose event it is stands in clients.sql only, for temporary macros and views alike."""
    sql = statement(view).replace("{timezone}", settings.timezone.replace("'", "''"))
    for name, expression in _MACRO.findall(statement("clients")):
        sql = sql.replace("{" + name + "}", f"({expression.strip()})")
    connection.execute(sql)
    connection.execute(f"comment on view {view} is {_quoted(about)}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
