"""Loading hours into the lake: one transaction with its file ledger, deduplicated, in any order.

The lake is a pure function of the set of part files: which copy of a message stays is decided by the total order
(received_at, file, ordinal), so loads commute, and loading again changes nothing. The landing zone and
``loaded_files`` are always read under the writer lock, so no two loaders can see different truths.
"""

import logging
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import duckdb

from ingest_api.landing import Landing, PartFile
from ingest_api.partitions import Hour
from ingest_api.settings import Settings
from tracking_pipeline.lake.files import COLUMNS, Batch, published_at, read_batch
from tracking_pipeline.lake.schema import statement
from tracking_pipeline.lake.tables import EVENTS, LOADED_FILES, REJECTED, SET_ASIDE
from tracking_pipeline.lake.writer import transaction, writer_lock

log = logging.getLogger(__name__)

MAX_ROWS_PER_TRANSACTION = 500_000
TRIES = 5
T = TypeVar("T")


class HourRefused(Exception):
    """An hour cannot be replaced without losing rows; the message names the files and the cure."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one load did."""

    load_id: int = 0
    files: int = 0
    rows: int = 0
    set_aside_files: int = 0

    def __add__(self, other: "Loaded") -> "Loaded":
        return Loaded(
            max(self.load_id, other.load_id),
            self.files + other.files,
            self.rows + other.rows,
            self.set_aside_files + other.set_aside_files,
        )


@dataclass(frozen=True, slots=True)
class Store:
    """What every load works with: a held connection, the settings, the landing zone."""

    connection: duckdb.DuckDBPyConnection
    settings: Settings
    landing: Landing
    step: Callable[[str], None] = lambda name: None


def load_hours(store: Store, hours: Iterable[Hour]) -> Loaded:
    """Load what these hours hold and the lake does not; nothing new costs no transaction.

    Raises duckdb.Error when the lake cannot take it; then nothing of the failing transaction is stored.
    """
    wanted = sorted(set(hours))
    return _again_if_refused(lambda: _load_hours(store, wanted))


def replace_hour(store: Store, hour: Hour) -> Loaded:
    """Load an hour anew from its part files, in one transaction; the rows are the same afterwards.

    Raises HourRefused when a file of its ledger is gone, has another size, or cannot be read any more.
    """
    return _again_if_refused(lambda: _replace_hour(store, hour))


def loaded_paths(connection: duckdb.DuckDBPyConnection, hours: Iterable[Hour]) -> set[str]:
    """Return the paths in ``loaded_files`` of these hours."""
    found: set[str] = set()
    for hour in hours:
        rows = connection.execute(
            "select path from loaded_files where date = ? and hour = ?", [hour.date, hour.hour]
        ).fetchall()
        found.update(path for (path,) in rows)
    return found


def _again_if_refused(work: Callable[[], T]) -> T:
    """Repeat a load whose COMMIT was refused (fence, busy catalog): it was rolled back whole."""
    for attempt in range(1, TRIES + 1):
        try:
            return work()
        except duckdb.TransactionException:
            if attempt == TRIES:
                raise
            log.warning("commit refused, trying again attempt=%s", attempt)
            time.sleep(random.uniform(0.05, 0.3) * attempt)
    raise AssertionError("unreachable")


def _load_hours(store: Store, hours: list[Hour]) -> Loaded:
    with writer_lock(store.settings):
        known = loaded_paths(store.connection, hours)
        fresh = [f for hour in hours for f in store.landing.files(hour) if f.path not in known]
        total = Loaded()
        for chunk in _chunks(store, fresh):
            total += _load_files(store, chunk)
        return total


def _chunks(store: Store, files: list[PartFile]) -> Iterable[list[PartFile]]:
    """Cut a long list so that memory and the transaction stay bounded; sizes stand in the names."""
    chunk: list[PartFile] = []
    rows = 0
    for file in files:
        count = _rows_at_most(file)
        if chunk and rows + count > MAX_ROWS_PER_TRANSACTION:
            yield chunk
            chunk, rows = [], 0
        chunk.append(file)
        rows += count
    if chunk:
        yield chunk


def _rows_at_most(file: PartFile) -> int:
    from ingest_api.partitions import rows_in_name

    return rows_in_name(file.name) or file.bytes // 64


def _load_files(store: Store, files: list[PartFile]) -> Loaded:
    batch = read_batch(store.connection, store.landing, files)
    with transaction(store.connection, store.settings) as load_id:
        _insert(store, batch, load_id)
        store.step("before commit")
    return _result(batch, load_id)


def _replace_hour(store: Store, hour: Hour) -> Loaded:
    with writer_lock(store.settings):
        batches = {hour: _batch_to_replace(store, hour)}
        with transaction(store.connection, store.settings) as load_id:
            _replace_in_transaction(store, hour, batches[hour], load_id)
            while orphaned := _orphaned_hours(store, exclude=set(batches)):
                for other in orphaned:
                    batches[other] = _batch_to_replace(store, other)
                    _replace_in_transaction(store, other, batches[other], load_id)
            store.step("before commit")
        return sum((_result(batch, load_id) for batch in batches.values()), Loaded())


def _batch_to_replace(store: Store, hour: Hour) -> Batch:
    files = store.landing.files(hour)
    ledger = store.connection.execute(
        "select path, bytes, path in (select source_file from set_aside) from loaded_files where date = ? and hour = ?",
        [hour.date, hour.hour],
    ).fetchall()
    size = {file.path: file.bytes for file in files}
    lost = [path for path, recorded, _ in ledger if size.get(path) != recorded]
    if lost:
        raise HourRefused(
            f"{hour.key} is not replaced: {len(lost)} of its {len(ledger)} loaded files are gone or have another size"
            f" ({', '.join(sorted(lost)[:5])}); restore them, the rows in the lake stay as they are"
        )
    batch = read_batch(store.connection, store.landing, files)
    sound = {path for path, _, was_set_aside in ledger if not was_set_aside}
    broken = [aside.file.path for aside in batch.set_aside if aside.file.path in sound]
    if broken:
        raise HourRefused(
            f"{hour.key} is not replaced: {', '.join(broken[:5])} was loaded once and cannot be read now;"
            " restore it, the rows in the lake stay as they are"
        )
    return batch


def _replace_in_transaction(store: Store, hour: Hour, batch: Batch, load_id: int) -> None:
    for sql in statement("remove_hour").split(";"):
        if sql.strip():
            _run(store, sql, {"date": hour.date, "hour": hour.hour, "load_id": load_id})
    _insert(store, batch, load_id)


def _orphaned_hours(store: Store, exclude: set[Hour]) -> list[Hour]:
    rows = store.connection.execute(statement("orphans")).fetchall()
    return [hour for date, n in rows if (hour := Hour(date, n)) not in exclude]


def _insert(store: Store, batch: Batch, load_id: int) -> None:
    if batch.has("events"):
        _insert_events(store, load_id)
    if batch.has("rejected"):
        columns, values = _projection(COLUMNS["rejected"], REJECTED.names)
        sql = statement("insert_rejected").replace("{columns}", columns).replace("{values}", values)
        _run(store, sql, {"load_id": load_id})
    _record_files(store, batch, load_id)


def _insert_events(store: Store, load_id: int) -> None:
    for name in ("ids", "known", "losers"):
        store.connection.execute(statement(name)).fetchall()
    columns, values = _projection(COLUMNS["events"], EVENTS.names)
    row = store.connection.execute(
        "select count(*) filter (where in_lake), count(*) filter (where not in_lake) from losers"
    ).fetchone()
    displaced, doubled = row or (0, 0)
    if displaced:
        _displace(store, load_id)
    if not doubled:
        sql = statement("insert_all").replace("{columns}", columns).replace("{values}", values)
        _run(store, sql, {"load_id": load_id})
        return
    for table, side in (("events", "anti"), ("duplicates", "semi")):
        sql = statement("insert_batch").replace("{table}", table).replace("{side}", side)
        _run(store, sql.replace("{columns}", columns).replace("{values}", values), {"load_id": load_id})


def _displace(store: Store, load_id: int) -> None:
    store.connection.execute("create or replace temp table displaced as from losers where in_lake")
    kept = ["$load_id" if name == "load_id" else f"e.{name}" for name in EVENTS.names]
    text = statement("displace").replace("{columns}", ", ".join(EVENTS.names))
    for sql in text.replace("{displaced_values}", ", ".join(kept)).split(";"):
        if sql.strip():
            _run(store, sql, {"load_id": load_id})


def _projection(read: list[str], stored: list[str]) -> tuple[str, str]:
    """Column list and value list of an insert from a batch: date and hour come from the file's own path."""
    made = {
        "is_bot": "coalesce(b.user_agent in (select user_agent from bots), false)",
        "date": "cast(regexp_extract(b.source_file, 'date=([0-9-]+)', 1) as date)",
        "hour": "cast(regexp_extract(b.source_file, 'hour=([0-9]+)', 1) as integer)",
        "load_id": "$load_id",
    }
    values = [f"b.{name}" if name in (*read, "source_file", "ordinal") else made[name] for name in stored]
    return ", ".join(stored), ", ".join(values)


def _record_files(store: Store, batch: Batch, load_id: int) -> None:
    now = _utc_now(store)
    ledger = [
        (f.file.path, f.file.kind, f.file.hour.date, f.file.hour.hour, f.file.bytes, f.received, f.rows)
        + (published_at(f.file), now, load_id)
        for f in batch.read
    ]
    ledger += [
        (a.file.path, a.file.kind, a.file.hour.date, a.file.hour.hour, a.file.bytes, a.rows, a.rows)
        + (published_at(a.file), now, load_id)
        for a in batch.set_aside
    ]
    aside = [
        (a.reason, a.detail, a.rows, a.file.hour.date, a.file.hour.hour, a.file.path, 0, load_id)
        for a in batch.set_aside
    ]
    _insert_rows(store, LOADED_FILES.name, LOADED_FILES.names, ledger)
    _insert_rows(store, SET_ASIDE.name, SET_ASIDE.names, aside)


def _insert_rows(store: Store, table: str, columns: list[str], rows: list[tuple[object, ...]]) -> None:
    """Insert Python rows in one statement: a statement each would cost a catalog round trip each."""
    if not rows:
        return
    one = f"({', '.join('?' * len(columns))})"
    values = ", ".join([one] * len(rows))
    flat = [value for row in rows for value in row]
    store.connection.execute(f"insert into {table} ({', '.join(columns)}) values {values}", flat).fetchall()


def _run(store: Store, sql: str, parameters: dict[str, object]) -> None:
    """Run a statement with those of the parameters that it names."""
    used = {name: value for name, value in parameters.items() if f"${name}" in sql}
    store.connection.execute(sql, used).fetchall()


def _utc_now(store: Store) -> object:
    row = store.connection.execute("select cast(now() as timestamp)").fetchone()
    return row[0] if row else None


def _result(batch: Batch, load_id: int) -> Loaded:
    return Loaded(
        load_id,
        len(batch.read) + len(batch.set_aside),
        sum(file.rows for file in batch.read),
        len(batch.set_aside),
    )
