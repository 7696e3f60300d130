"""One batch into the lake's tables, inside a transaction: which copy stays, where the others rest, the ledger."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from ingest_api.landing import Landing, PartFile
from ingest_api.settings import Settings
from tracking_pipeline.lake import enrich
from tracking_pipeline.lake.files import COLUMNS, Batch, published_at
from tracking_pipeline.lake.schema import statement
from tracking_pipeline.lake.tables import EVENTS, LOADED_FILES, REJECTED, SET_ASIDE

Values = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Store:
    """What every load works with: a held connection, the settings, the landing zone."""

    connection: duckdb.DuckDBPyConnection
    settings: Settings
    landing: Landing
    step: Callable[[str], None] = lambda name: None


def insert_batch(store: Store, batch: Batch, load_id: int) -> None:
    """Write a batch that was read into its tables and its ledger; inside the caller's transaction."""
    if batch.has("events"):
        _insert_events(store, load_id)
    if batch.has("rejected"):
        columns, values = _projection(COLUMNS["rejected"], REJECTED.names)
        sql = statement("insert_rejected").replace("{columns}", columns).replace("{values}", values)
        run(store, sql, {"load_id": load_id})
    _record_files(store, batch, load_id)


def _insert_events(store: Store, load_id: int) -> None:
    for name in ("ids", "known", "losers"):
        store.connection.execute(statement(name)).fetchall()
    columns, values = _projection(COLUMNS["events"], EVENTS.names)
    made = {"load_id": load_id, "enriched_with": enrich.versions(enrich.country_table(store.settings))}
    row = store.connection.execute(
        "select count(*) filter (where in_lake), count(*) filter (where not in_lake) from losers"
    ).fetchone()
    displaced, doubled = row or (0, 0)
    if displaced:
        _displace(store, load_id)
    if not doubled:
        sql = statement("insert_all").replace("{columns}", columns).replace("{values}", values)
        run(store, sql, made)
        return
    for table, side in (("events", "anti"), ("duplicates", "semi")):
        sql = statement("insert_batch").replace("{table}", table).replace("{side}", side)
        run(store, sql.replace("{columns}", columns).replace("{values}", values), made)


def _displace(store: Store, load_id: int) -> None:
    store.connection.execute("create or replace temp table displaced as from losers where in_lake")
    kept = ["$load_id" if name == "load_id" else f"e.{name}" for name in EVENTS.names]
    text = statement("displace").replace("{columns}", ", ".join(EVENTS.names))
    for sql in text.replace("{displaced_values}", ", ".join(kept)).split(";"):
        if sql.strip():
            run(store, sql, {"load_id": load_id})


def _projection(read: list[str], stored: list[str]) -> tuple[str, str]:
    """Column list and value list of an insert from a batch: date and hour come from the file's own path."""
    made = {
        "is_bot": "coalesce(a.is_bot, false)",
        "browser": "a.browser",
        "os": "a.os",
        "device_type": "a.device_type",
        "country": "w.country",
        "enriched_with": "$enriched_with",
        "date": "cast(regexp_extract(b.source_file, 'date=([0-9-]+)', 1) as date)",
        "hour": "cast(regexp_extract(b.source_file, 'hour=([0-9]+)', 1) as integer)",
        "load_id": "$load_id",
    }
    values = [f"b.{name}" if name in (*read, "source_file", "ordinal") else made[name] for name in stored]
    return ", ".join(stored), ", ".join(values)


def _record_files(store: Store, batch: Batch, load_id: int) -> None:
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    ledger: list[Values] = [
        (*_file(f.file), f.received, f.rows, published_at(f.file), now, load_id) for f in batch.read
    ]
    ledger += [(*_file(a.file), a.rows, a.rows, published_at(a.file), now, load_id) for a in batch.set_aside]
    aside: list[Values] = [
        (a.reason, a.detail, a.rows, a.file.hour.date, a.file.hour.hour, a.file.path, 0, load_id)
        for a in batch.set_aside
    ]
    _insert_rows(store, LOADED_FILES.name, LOADED_FILES.names, ledger)
    _insert_rows(store, SET_ASIDE.name, SET_ASIDE.names, aside)


def _file(file: PartFile) -> Values:
    return (file.path, file.kind, file.hour.date, file.hour.hour, file.bytes)


def _insert_rows(store: Store, table: str, columns: list[str], rows: list[Values]) -> None:
    """Insert Python rows in one statement: a statement each would cost a catalog round trip each."""
    if not rows:
        return
    one = f"({', '.join('?' * len(columns))})"
    values = ", ".join([one] * len(rows))
    flat = [value for row in rows for value in row]
    store.connection.execute(f"insert into {table} ({', '.join(columns)}) values {values}", flat).fetchall()


def run(store: Store, sql: str, parameters: dict[str, object]) -> None:
    """Run a statement with those of the parameters that it names."""
    used = {name: value for name, value in parameters.items() if f"${name}" in sql}
    store.connection.execute(sql, used).fetchall()
