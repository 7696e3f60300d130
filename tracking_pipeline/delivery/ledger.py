"""The delivery ledger: appending state changes, one transaction at a time. Used by plan, sender and recovery."""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources

import duckdb
import pyarrow as pa

from ingest_api.settings import Settings
from tracking_pipeline.delivery.clock import Clock
from tracking_pipeline.lake.writer import LostTransaction, transaction, writer_lock

log = logging.getLogger(__name__)

TRIES = 5  # of a transaction that lost against another writer's
PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One state change of one event; ``date`` is ISO and, with ``hour``, the event's."""

    event_id: str
    date: str
    hour: int
    state: str
    attempt_id: str
    request_id: str | None = None
    http_status: int | None = None
    reason: str | None = None
    client_id: str | None = None
    session_id: str | None = None
    journal: str | None = None
    stream: str | None = None
    fixes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where rows go; ``from_load_id``: no older transaction can hold one of them, which bounds the look for copies."""

    connection: duckdb.DuckDBPyConnection
    settings: Settings
    destination: str
    from_load_id: int = 0


@dataclass(frozen=True, slots=True)
class Recorded:
    """The transaction that wrote rows: its ``load_id`` and its time."""

    load_id: int
    recorded_at: dt.datetime


@cache
def statement(name: str) -> str:
    """Return the text of this package's ``sql/<name>.sql``."""
    return resources.files("tracking_pipeline.delivery").joinpath("sql", f"{name}.sql").read_text()


def record(into: Ledger, clock: Clock, rows: Sequence[LedgerRow]) -> Recorded:
    """Append rows, at most one per event, in one transaction under the writer lock; durable on return.

    Idempotent per (event, attempt, state). A transaction lost to another writer is tried again a few times, then
    raised.
    """
    for tries in range(1, TRIES):
        try:
            return _record_once(into, clock, rows)
        except (duckdb.TransactionException, LostTransaction) as error:
            log.warning("ledger transaction lost, trying again tries=%s error=%s", tries, type(error).__name__)
            clock.pause(PAUSE_S * tries * (0.5 + clock.luck()))
    return _record_once(into, clock, rows)


def rejected(of: Ledger, since: dt.date) -> list[LedgerRow]:
    """Return what takes back that events are dead: rejected, and the destination has taken none after. Reads only.

    ``since``: the first day of receipt that is looked at.
    """
    parameters = {"destination": of.destination, "from_date": since}
    return [LedgerRow(*row) for row in of.connection.execute(statement("rejected"), parameters).fetchall()]


def _record_once(into: Ledger, clock: Clock, rows: Sequence[LedgerRow]) -> Recorded:
    connection = into.connection
    with writer_lock(into.settings), transaction(connection, into.settings, announces=False) as load_id:
        recorded = Recorded(load_id, clock.utc())
        connection.register("ledger_rows", _table(rows))
        try:
            parameters = {
                "destination": into.destination,
                "load_id": load_id,
                "from_load_id": into.from_load_id,
                "recorded_at": recorded.recorded_at,
                "from_date": dt.date.fromisoformat(min(row.date for row in rows)),
            }
            connection.execute(statement("record"), parameters).fetchall()
        finally:
            connection.unregister("ledger_rows")
    return recorded


def _table(rows: Sequence[LedgerRow]) -> pa.Table:
    types = {"hour": pa.int32(), "http_status": pa.int32(), "fixes": pa.list_(pa.string())}
    columns = {
        field.name: pa.array([getattr(row, field.name) for row in rows], types.get(field.name, pa.string()))
        for field in fields(LedgerRow)
    }
    return pa.table(columns)
