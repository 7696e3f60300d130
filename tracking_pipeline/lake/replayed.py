"""Which refused events a replay has not re-admitted yet: by what rests in the lake, and by what waits to be loaded."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from ingest_api.partitions import Hour
from ingest_api.settings import Settings
from tracking_pipeline.lake.schema import statement
from tracking_pipeline.lake.waiting import waiting_files

BATCH_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which refused events: hours of receipt (ends included), reason; None stands for all."""

    first: Hour | None = None
    last: Hour | None = None
    reason: str | None = None


def replayable(
    connection: duckdb.DuckDBPyConnection, settings: Settings, wanted: Wanted
) -> Iterator[tuple[object, ...]]:
    """Yield the columns of sql/replayable.sql, in order of receipt, few at a time. The caller holds the replay lock."""
    _note_replayed(connection, settings)
    parameters = {"first": _start(wanted.first), "last": _start(wanted.last), "reason": wanted.reason}
    found = connection.execute(statement("replayable"), parameters)
    while rows := found.fetchmany(BATCH_ROWS):
        yield from rows


def _note_replayed(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Fill temp table ``replayed``. What waits is looked at first: a file that is loaded meanwhile is seen twice."""
    connection.execute("create or replace temp table replayed (place varchar)")
    for file, path in waiting_files(settings, connection):
        if file.kind == "events":
            _note_file(connection, str(path))
    connection.execute(
        "insert into replayed select replayed_from from events where replayed_from is not null"
        " union select replayed_from from duplicates where replayed_from is not null"
    ).fetchall()


def _note_file(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    """Add what a waiting file replays. One that cannot be read is set aside later; an older one has no such column."""
    parameters = {"path": path}
    try:
        columns = connection.execute("select name from parquet_schema($path)", parameters).fetchall()
        if ("replayed_from",) in columns:
            connection.execute(
                "insert into replayed select replayed_from from read_parquet($path, hive_partitioning = false)"
                " where replayed_from is not null",
                parameters,
            ).fetchall()
    except duckdb.Error:
        return


def _start(hour: Hour | None) -> dt.datetime | None:
    return hour.start.replace(tzinfo=None) if hour else None
