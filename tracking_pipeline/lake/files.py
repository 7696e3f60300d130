"""Reading part files into temporary tables: to their end, before any transaction; what cannot be read is set aside.

A poison file fails a whole `read_parquet`, and a COMMIT after that error says OK and stores nothing (tried), so
every byte is read before BEGIN.
"""

import datetime as dt
from dataclasses import dataclass, field

import duckdb

from ingest_api.landing import Landing, PartFile
from ingest_api.partitions import Kind, rows_in_name
from tracking_pipeline.lake.bots import BOT_PATTERN
from tracking_pipeline.lake.schema import statement
from tracking_pipeline.lake.tables import EVENTS, REJECTED, RESTING_COLUMNS

MADE_AT_LOAD = {"is_bot", *RESTING_COLUMNS}
COLUMNS: dict[Kind, list[str]] = {
    "events": [name for name in EVENTS.names if name not in MADE_AT_LOAD],
    "rejected": [name for name in REJECTED.names if name not in MADE_AT_LOAD],
}
READERS: dict[Kind, tuple[str, str]] = {
    "events": ("batch_events", "file_counts"),
    "rejected": ("batch_rejected", "file_counts_rejected"),
}


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A part file that was read to its end: rows found, and the spool records it was made of."""

    file: PartFile
    rows: int
    received: int


@dataclass(frozen=True, slots=True)
class SetAside:
    """A part file that cannot be loaded, why, and how many rows it stands for."""

    file: PartFile
    reason: str
    detail: str
    rows: int


@dataclass(slots=True)
class Batch:
    """What lies in the temporary tables `batch` and `batch_rejected`, and what does not."""

    read: list[ReadFile] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)

    def has(self, kind: Kind) -> bool:
        """Tell whether any file of that kind was read."""
        return any(file.file.kind == kind for file in self.read)


def read_batch(connection: duckdb.DuckDBPyConnection, landing: Landing, files: list[PartFile]) -> Batch:
    """Fill the temporary tables from these files; files that cannot be read are in ``set_aside``."""
    batch = Batch()
    for kind in COLUMNS:
        wanted = [file for file in files if file.kind == kind]
        if wanted:
            _read_kind(connection, landing, kind, wanted, batch)
    if batch.has("events"):
        connection.execute(statement("bots"), {"pattern": BOT_PATTERN})
    return batch


def _read_kind(
    connection: duckdb.DuckDBPyConnection, landing: Landing, kind: Kind, files: list[PartFile], batch: Batch
) -> None:
    received = _received(connection, landing, files)
    good = [file for file in files if file.path in received]
    try:
        counts = _fill(connection, landing, kind, good)
    except duckdb.Error:
        good = [file for file in good if not _fault(connection, landing, kind, file, batch)]
        counts = _fill(connection, landing, kind, good)
    incomplete = [file for file in good if counts.get(file.path, (0, 0))[1]]
    if incomplete:
        batch.set_aside += [_aside(file, "incomplete_rows", "a required value is missing") for file in incomplete]
        good = [file for file in good if file not in incomplete]
        counts = _fill(connection, landing, kind, good)
    batch.set_aside += [
        _aside(f, "unreadable", received_fault(connection, landing, f)) for f in files if f.path not in received
    ]
    batch.read += [ReadFile(file, counts.get(file.path, (0, 0))[0], received[file.path]) for file in good]


def _fill(
    connection: duckdb.DuckDBPyConnection, landing: Landing, kind: Kind, files: list[PartFile]
) -> dict[str, tuple[int, int]]:
    reader, counter = READERS[kind]
    if not files:
        connection.execute(
            f"create or replace temp table {'batch' if kind == 'events' else 'batch_rejected'} as select 1"
        )
        return {}
    sql = statement(reader).replace("{columns}", ", ".join(COLUMNS[kind]))
    connection.execute(sql, {"files": [_absolute(landing, file) for file in files], "skip": len(str(landing.root)) + 2})
    rows = connection.execute(statement(counter)).fetchall()
    return {path: (int(count), int(incomplete)) for path, count, incomplete in rows}


def _fault(connection: duckdb.DuckDBPyConnection, landing: Landing, kind: Kind, file: PartFile, batch: Batch) -> bool:
    """Read one file alone; set it aside if that fails."""
    try:
        _fill(connection, landing, kind, [file])
    except duckdb.Error as error:
        batch.set_aside.append(_aside(file, "unreadable", str(error)))
        return True
    return False


def _received(connection: duckdb.DuckDBPyConnection, landing: Landing, files: list[PartFile]) -> dict[str, int]:
    """Counts that the footers carry, by path; a file without one is left out."""
    try:
        return _footers(connection, landing, files)
    except duckdb.Error:
        found: dict[str, int] = {}
        for file in files:
            try:
                found |= _footers(connection, landing, [file])
            except duckdb.Error:
                continue
        return found


def _footers(connection: duckdb.DuckDBPyConnection, landing: Landing, files: list[PartFile]) -> dict[str, int]:
    rows = connection.execute(
        "select file_name, decode(value) from parquet_kv_metadata($files) where decode(key) = 'tracking.received'",
        {"files": [_absolute(landing, file) for file in files]},
    ).fetchall()
    skip = len(str(landing.root)) + 1
    return {name[skip:]: int(value) for name, value in rows if value.isdigit()}


def received_fault(connection: duckdb.DuckDBPyConnection, landing: Landing, file: PartFile) -> str:
    """Say why a file's footer cannot be used."""
    try:
        _footers(connection, landing, [file])
    except duckdb.Error as error:
        return str(error)
    return "the footer carries no count of received events: the publisher did not write this file"


def _aside(file: PartFile, reason: str, detail: str) -> SetAside:
    return SetAside(file, reason, detail[:1000], rows_in_name(file.name) or 0)


def _absolute(landing: Landing, file: PartFile) -> str:
    return str(landing.absolute(file.path))


def published_at(file: PartFile) -> dt.datetime:
    """When the publisher wrote the file, UTC without offset (as the lake stores instants)."""
    return dt.datetime.fromtimestamp(file.published_ns / 1e9, dt.UTC).replace(tzinfo=None)
