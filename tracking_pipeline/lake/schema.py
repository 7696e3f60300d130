"""Make the lake: all tables, views and comments, before the first event. Idempotent.

A lake that an older version made gets the tables and columns that it lacks; its rows have null there.
"""

import datetime as dt
import hashlib
from collections.abc import Callable

import duckdb

from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.inlined import flush_older_shapes
from tracking_pipeline.lake.marts import schema as marts
from tracking_pipeline.lake.marts.tables import MART_TABLES
from tracking_pipeline.lake.quoted import quoted
from tracking_pipeline.lake.tables import TABLES, UPGRADES, Table
from tracking_pipeline.lake.version import FORMAT, program_version
from tracking_pipeline.lake.views import VIEWS, generic_text, landing_of, statement, view_text
from tracking_pipeline.lake.writer import sync_file_system, writer_lock

__all__ = ["VIEWS", "make_lake", "statement"]


def make_lake(settings: Settings, step: Callable[[str], None] = lambda name: None) -> None:
    """Create what is missing, with a record in ``upgrades``, in one transaction under the writer lock.

    A complete lake is left as it is. Readers go on meanwhile; only a transaction that began before an upgrade and reads
    on after it can fail, once. Killed anywhere, the next call does what is missing. ``step`` is called before COMMIT
    (written), after it (committed) and when nothing of an older shape is left (flushed). Raises LakeTooNew.
    """
    (settings.lake_dir / "data").mkdir(mode=0o700, parents=True, exist_ok=True)
    with writer_lock(settings), attach.opened(settings) as connection:
        found = _columns(connection)
        fingerprint = _fingerprint()
        if not _is_complete(connection, settings, found, fingerprint):
            connection.execute("begin")
            _create(connection, settings, found)
            _record(connection, fingerprint)
            step("written")
            sync_file_system(settings.lake_dir)
            connection.execute("commit")
            step("committed")
        if flush_older_shapes(connection):
            sync_file_system(settings.lake_dir)
        step("flushed")


def _is_complete(
    connection: duckdb.DuckDBPyConnection, settings: Settings, found: dict[str, set[str]], fingerprint: str
) -> bool:
    """Tell whether the newest upgrade was to what this program makes, nothing is missing, and no folder was moved."""
    kept = all(set(table.names) <= found.get(table.name, set()) for table in TABLES)
    if not (kept and set(VIEWS) <= found.keys() and marts.are_complete(found)):
        return False
    newest = connection.execute("select fingerprint from upgrades order by upgraded_at desc limit 1").fetchone()
    [(text,)] = connection.execute("select sql from duckdb_views() where view_name = 'freshness'").fetchall()
    return newest == (fingerprint,) and quoted(landing_of(settings)) in text


def _fingerprint() -> str:
    """Return a hash of all that is made here but for the place where it lies."""
    texts = [repr(TABLES), repr(MART_TABLES), repr(VIEWS)]
    texts += map(generic_text, VIEWS)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


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
    marts.drop_outdated(connection, found)
    for table in (*TABLES, *MART_TABLES):
        if table.name in found:
            _add_columns(connection, table, found[table.name])
        else:
            _create_table(connection, table)
        _comment(connection, table)
    for view, about in VIEWS.items():
        connection.execute(view_text(view, settings))
        connection.execute(f"comment on view {view} is '{quoted(about)}'")
    connection.execute("insert into fence select 0 where not exists (from fence)")
    connection.execute("call lake.set_option('parquet_compression', 'zstd')").fetchall()


def _record(connection: duckdb.DuckDBPyConnection, fingerprint: str) -> None:
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    connection.execute(
        f"insert into {UPGRADES.name} values (?, ?, ?, ?)", [FORMAT, fingerprint, program_version(), now]
    )


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
    connection.execute(f"comment on table {table.name} is '{quoted(table.about)}'")
    for column in table.columns:
        connection.execute(f"comment on column {table.name}.{column.name} is '{quoted(column.about)}'")
