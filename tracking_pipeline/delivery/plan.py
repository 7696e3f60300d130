"""The plan of one round: the oldest unsent events, mapped, given their client and session, grouped into requests.

Reads one snapshot of the lake and writes nothing there. What the sender does with it is in ``sender.py``.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from tracking_pipeline.delivery import sessions
from tracking_pipeline.delivery.ga4 import identity, mapping, requests, rules
from tracking_pipeline.delivery.ga4.requests import Ready, Request
from tracking_pipeline.delivery.ledger import LedgerRow, statement
from tracking_pipeline.delivery.sessions import Member, Told
from tracking_pipeline.delivery.state import DESTINATION
from tracking_pipeline.lake.schema import statement as lake_statement

MAX_AGE = dt.timedelta(minutes=rules.MAX_AGE_MINUTES)
SESSION_LOOK_BACK = dt.timedelta(days=1)
MAX_NOTES_CHARS = 200


@dataclass(frozen=True, slots=True)
class Planned:
    """One unsent event: what GA4 is told of it, who it belongs to, where it rests."""

    event: mapping.SourceEvent
    user_id: str | None
    device_id: str | None
    ga_client_id: str | None
    date: str
    hour: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Requests in the order they leave, rows of events that never will, and the size of the whole backlog."""

    requests: tuple[Request, ...]
    closed: tuple[LedgerRow, ...]
    backlog: int


def make_plan(connection: duckdb.DuckDBPyConnection, since: dt.datetime, now: dt.datetime, limit: int) -> Plan:
    """Plan up to ``limit`` unsent events received at or after ``since``; instants are naive UTC."""
    connection.execute("begin")
    try:
        backlog = _choose(connection, since, now, limit)
        planned = _events(connection) if backlog else []
        members = _members(connection) if backlog else []
    finally:
        connection.execute("rollback")  # only temp tables were made
    return _assemble(planned, members, backlog)


def count_unsent(connection: duckdb.DuckDBPyConnection, since: dt.datetime, now: dt.datetime) -> int:
    """Count the events that a plan would draw from."""
    return _choose(connection, since, now, 1)


def _choose(connection: duckdb.DuckDBPyConnection, since: dt.datetime, now: dt.datetime, limit: int) -> int:
    oldest = now - MAX_AGE
    first_hour = max(oldest, since)
    parameters = {
        "destination": DESTINATION,
        "ledger_date": oldest.date(),
        "date": first_hour.date(),
        "hour": first_hour.hour,
        "since": since,
        "expired_before": oldest,
        "limit": limit,
    }
    connection.execute(statement("unsent"), parameters).fetchall()
    row = connection.execute("select coalesce(max(backlog), 0) from planned").fetchone()
    return int(row[0]) if row else 0


def _events(connection: duckdb.DuckDBPyConnection) -> list[Planned]:
    rows = connection.execute(statement("planned_events"), _dates(connection)).fetchall()
    return [Planned(mapping.SourceEvent(*row[:12]), *row[12:]) for row in rows]


def _members(connection: duckdb.DuckDBPyConnection) -> list[Member]:
    """Read the planned events' sessions as computed now, and what was told of them before."""
    connection.execute(lake_statement("clients"))
    connection.execute(statement("wanted_clients"), _dates(connection)).fetchall()
    first = connection.execute("select min(occurred_at) from planned").fetchone()
    from_date = (first[0] - SESSION_LOOK_BACK).date() if first else None
    connection.execute(lake_statement("session_events").replace("{from_date}", str(from_date)))
    connection.execute(lake_statement("session_starts")).fetchall()
    parameters = {"destination": DESTINATION, "from_date": from_date}
    return [Member(*row) for row in connection.execute(statement("told"), parameters).fetchall()]


def _dates(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    row = connection.execute("select min(date), max(date) from planned").fetchone()
    return {"from_date": row[0], "to_date": row[1]} if row else {}


def _assemble(planned: Sequence[Planned], members: Sequence[Member], backlog: int) -> Plan:
    ready: list[Ready] = []
    closed: list[LedgerRow] = []
    told = _tell(planned, members)
    for one in planned:
        mapped = mapping.to_ga4(one.event)
        if isinstance(mapped, mapping.Unmapped):
            closed.append(_closed(one, mapped.state, mapped.reason))
            continue
        event = _ready(one, mapped, told[one.event.event_id])
        if requests.is_too_large(event):
            closed.append(_closed(one, "dead", "too_large"))
        else:
            ready.append(event)
    batches = (Request(uuid.uuid4().hex, uuid.uuid4().hex, batch) for batch in requests.group(ready))
    return Plan(tuple(batches), tuple(closed), backlog)


def _tell(planned: Sequence[Planned], members: Sequence[Member]) -> dict[str, Told]:
    """Client and session of every planned event; one that is nobody's (a fresh cookie only) is its own session."""
    sending = {one.event.event_id: one for one in planned if not one.event.is_bot}
    cookies = {
        event_id: cookie for event_id, one in sending.items() if (cookie := identity.cookie_id(one.ga_client_id))
    }
    told = sessions.assign(members, sending.keys(), cookies, identity.derived_client_id)
    for event_id in sending.keys() - told.keys():
        one = sending[event_id]
        client_id = cookies.get(event_id) or identity.derived_client_id("device", one.device_id or event_id)
        told[event_id] = Told(client_id, sessions.session_id(one.event.occurred_at))
    return told


def _ready(one: Planned, mapped: mapping.Mapped, told: Told) -> Ready:
    return Ready(
        event_id=one.event.event_id,
        date=one.date,
        hour=one.hour,
        occurred_us=mapped.timestamp_us,
        client_id=told.client_id,
        session_id=told.session_id,
        user_id=identity.user_id(one.user_id),
        encoded=mapped.encode(told.session_id),
        notes=mapped.notes,
    )


def _closed(one: Planned, state: str, reason: str) -> LedgerRow:
    return LedgerRow(one.event.event_id, one.date, one.hour, state, uuid.uuid4().hex, reason=reason)


def leased_rows(request: Request, journal: str) -> list[LedgerRow]:
    """The ledger rows of a request's lease, with what GA4 will be told; notes of the mapping are their reason."""
    return [
        LedgerRow(
            event.event_id,
            event.date,
            event.hour,
            "leased",
            request.attempt_id,
            request.request_id,
            reason=",".join(event.notes)[:MAX_NOTES_CHARS] or None,
            client_id=event.client_id,
            session_id=event.session_id,
            journal=journal,
        )
        for event in request.events
    ]
