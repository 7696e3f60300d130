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

from ingest_api.landing import PartFile
from ingest_api.partitions import Hour
from tracking_pipeline.lake.chunks import chunked, rows_at_most
from tracking_pipeline.lake.enrich import country_table
from tracking_pipeline.lake.files import Batch, read_batch
from tracking_pipeline.lake.hours import in_hours
from tracking_pipeline.lake.insert import Store, insert_batch
from tracking_pipeline.lake.writer import transaction, writer_lock

log = logging.getLogger(__name__)

MAX_ROWS_PER_TRANSACTION = 2_000_000  # about 5 s; no transaction may hold the lock for over 20 s
TRIES = 5
T = TypeVar("T")


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


def load_hours(store: Store, hours: Iterable[Hour]) -> Loaded:
    """Load what these hours hold and the lake does not; nothing new costs no transaction.

    Raises duckdb.Error when the lake cannot take it; then nothing of the failing transaction is stored.
    """
    wanted = sorted(set(hours))
    return again_if_refused(lambda: _load_hours(store, wanted))


def loaded_paths(connection: duckdb.DuckDBPyConnection, hours: Iterable[Hour]) -> set[str]:
    """Return the paths in ``loaded_files`` of these hours."""
    rows = connection.execute(f"select path from loaded_files where {in_hours(hours)}").fetchall()
    return {path for (path,) in rows}


def again_if_refused(work: Callable[[], T]) -> T:
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
        for chunk in chunked(fresh, rows_at_most, MAX_ROWS_PER_TRANSACTION, len(fresh)):
            total += _load_files(store, chunk)
        return total


def _load_files(store: Store, files: list[PartFile]) -> Loaded:
    batch = read_batch(store.connection, store.landing, files, country_table(store.settings))
    with transaction(store.connection, store.settings) as load_id:
        insert_batch(store, batch, load_id)
        store.step("before commit")
    return result(batch, load_id)


def result(batch: Batch, load_id: int) -> Loaded:
    """Sum up one transaction."""
    return Loaded(
        load_id,
        len(batch.read) + len(batch.set_aside),
        sum(file.rows for file in batch.read),
        len(batch.set_aside),
    )
