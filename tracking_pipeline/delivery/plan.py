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
from tracking_pipeline.delivery.backlog import Backlog
from tracking_pipeline.delivery.ga4 import identity, mapping, requests, rules
from tracking_pipeline.delivery.ga4.requests import Ready, Request
from tracking_pipeline.delivery.ledger import LedgerRow, statement
from tracking_pipeline.delivery.sessions import Member, Told, Window
from tracking_pipeline.delivery.state import DESTINATION
from tracking_pipeline.lake.schema import statement as lake_statement

# How far around an event its session is looked for; sessions over a day are cut there.
MARGINS = (dt.timedelta(hours=1), dt.timedelta(hours=6), dt.timedelta(days=1))
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
    """Requests in the order they leave, and rows of events that never will."""

    requests: tuple[Request, ...]
    closed: tuple[LedgerRow, ...]


def make_plan(backlog: Backlog, now: dt.datetime, limit: int, margins: Sequence[dt.timedelta] = MARGINS) -> Plan:
    """Plan about ``limit`` events of the backlog; ``now`` is naive UTC. What left the lake leaves the backlog.

    ``margins``: how far around the planned events their sessions are looked for, narrow first.
    """
    connection = backlog.connection
    connection.execute("begin")  # one snapshot
    try:
        chosen = backlog.choose(now, limit, rules.MAX_EVENTS)
        planned = _events(connection) if chosen else []
        members = _members(connection, now, margins) if planned else []
        connection.execute("commit")  # only temp tables were made
    except BaseException:
        connection.execute("rollback")
        raise
    if chosen > len(planned):
        backlog.settle(_gone(connection, planned))
    return _assemble(planned, members)


def _events(connection: duckdb.DuckDBPyConnection) -> list[Planned]:
    rows = connection.execute(statement("planned_events"), _span(connection)).fetchall()
    return [Planned(mapping.SourceEvent(*row[:12]), *row[12:]) for row in rows]


def _gone(connection: duckdb.DuckDBPyConnection, planned: Sequence[Planned]) -> set[str]:
    rows = connection.execute("select cast(event_id as varchar) from planned").fetchall()
    return {row[0] for row in rows} - {one.event.event_id for one in planned}


def _members(connection: duckdb.DuckDBPyConnection, now: dt.datetime, margins: Sequence[dt.timedelta]) -> list[Member]:
    """Read the planned events' sessions as computed now, and what was told of them before.

    The window around the events is widened for those clients of whose sessions it does not hold enough.
    """
    span = _span(connection)
    connection.execute(statement("wanted_clients"), span).fetchall()
    found: list[Member] = []
    for margin in margins:
        window = Window(span["from_at"] - margin, span["to_at"] + margin, now)
        bounds = {"from_at": window.start, "to_at": window.end, "from_date": window.start.date()}
        connection.execute(statement("session_events"), bounds).fetchall()
        connection.execute(lake_statement("session_starts")).fetchall()
        ledger = {"destination": DESTINATION, "from_date": window.start.date()}
        members = [Member(*row) for row in connection.execute(statement("told"), ledger).fetchall()]
        open_clients = sessions.unresolved(members, _ids(connection), window) if margin != margins[-1] else set()
        found += [member for member in members if (member.client_kind, member.client) not in open_clients]
        if not open_clients:
            break
        _want(connection, open_clients)
    return found


def _ids(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {row[0] for row in connection.execute("select cast(event_id as varchar) from planned").fetchall()}


def _want(connection: duckdb.DuckDBPyConnection, clients: set[tuple[str, str]]) -> None:
    kinds, names = zip(*clients, strict=True)
    query = (
        "create or replace temp table wanted_clients as select unnest($kinds) as client_kind, unnest($names) as client"
    )
    connection.execute(query, {"kinds": list(kinds), "names": list(names)}).fetchall()


def _span(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return the time that the planned events span; nothing is received before it occurs."""
    row = connection.execute("select min(occurred_at), max(occurred_at) from planned").fetchone() or (None, None)
    return {"from_at": row[0], "to_at": row[1], "from_date": row[0] and row[0].date()}


def _assemble(planned: Sequence[Planned], members: Sequence[Member]) -> Plan:
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
    return Plan(tuple(batches), tuple(closed))


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
