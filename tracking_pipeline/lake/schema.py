"""Make the lake: all tables, views and comments, before the first event. Idempotent."""

from importlib import resources

import duckdb

from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.tables import TABLES, Table
from tracking_pipeline.lake.writer import sync_file_system, writer_lock

VIEWS = ("delivery_status", "duplicate_conflicts")


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
    for view in VIEWS:
        connection.execute(statement(view))
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


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
