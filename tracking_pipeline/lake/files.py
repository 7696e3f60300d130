"""Reading part files: to their end, before any transaction; what cannot be read is set aside.

A poison file fails a whole `read_parquet`, and a COMMIT after that error says OK and stores nothing (tried), so
every byte is read before BEGIN.
"""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from ingest_api.landing import Landing, PartFile
from ingest_api.partitions import Kind, rows_in_name
from tracking_pipeline.lake import enrich
from tracking_pipeline.lake.quoted import quoted
from tracking_pipeline.lake.schema import statement
from tracking_pipeline.lake.tables import EVENTS, REJECTED, RESTING_COLUMNS, Column, Table

MADE_AT_LOAD = {*enrich.COLUMNS, *RESTING_COLUMNS}
COLUMNS: dict[Kind, list[str]] = {
    "events": [name for name in EVENTS.names if name not in MADE_AT_LOAD],
    "rejected": [name for name in REJECTED.names if name not in MADE_AT_LOAD],
}
TABLES: dict[Kind, Table] = {"events": EVENTS, "rejected": REJECTED}
VIEWS: dict[Kind, str] = {"events": "batch", "rejected": "batch_rejected"}


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
    """What the temporary views `batch` and `batch_rejected` show, and what could not be read."""

    read: list[ReadFile] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)

    def has(self, kind: Kind) -> bool:
        """Tell whether any file of that kind was read."""
        return any(file.file.kind == kind for file in self.read)


def read_batch(
    connection: duckdb.DuckDBPyConnection, landing: Landing, files: list[PartFile], country_db: Path | None = None
) -> Batch:
    """Point the temporary views at these files and judge what a load adds; unreadable files are in ``set_aside``."""
    batch = Batch()
    for kind in COLUMNS:
        wanted = [file for file in files if file.kind == kind]
        if wanted:
            _read_kind(connection, landing, kind, wanted, batch)
    if batch.has("events"):
        enrich.enrich(connection, country_db)
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
    """Point the kind's view at these files and read them to their end; return rows and incomplete rows by path."""
    if not files:
        return {}
    view, columns = VIEWS[kind], [column for column in TABLES[kind].columns if column.name in COLUMNS[kind]]
    optional = ", ".join(f"cast(null as {column.type}) as {column.name}" for column in columns if not column.required)
    paths = ", ".join(f"'{quoted(_absolute(landing, file))}'" for file in files)
    sql = statement("batch").replace("{batch}", view).replace("{columns}", ", ".join(COLUMNS[kind]))
    sql = sql.replace("{optional}", optional)
    connection.execute(sql.replace("{skip}", str(len(str(landing.root)) + 2)).replace("{files}", paths))
    sql = statement("probe").replace("{batch}", view)
    sql = sql.replace("{incomplete}", " or ".join(f"{column.name} is null" for column in columns if column.required))
    rows = connection.execute(sql.replace("{read}", ", ".join(_read_all(column) for column in columns))).fetchall()
    return {path: (int(count), int(incomplete)) for path, count, incomplete, *_ in rows}


def _read_all(column: Column) -> str:
    """Return an aggregate that cannot be answered without reading every value of the column."""
    text = column.type in ("VARCHAR", "VARCHAR[]", "JSON")
    return f"sum(strlen(cast({column.name} as varchar)))" if text else f"max({column.name})"


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
