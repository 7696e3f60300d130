"""The plan of one round: the oldest unsent events, mapped, given their client and session, grouped into requests.

Reads one snapshot of the lake and writes nothing there. What the sender does with it is in ``sender.py``.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from tracking_pipeline.delivery import sessions
from tracking_pipeline.delivery.backlog import Backlog, registered
from tracking_pipeline.delivery.destination import Destination
from tracking_pipeline.delivery.ga4 import mapping
from tracking_pipeline.delivery.ledger import LedgerRow, statement
from tracking_pipeline.delivery.parcel import Request, closed_row
from tracking_pipeline.delivery.planned import Planned, Surroundings
from tracking_pipeline.delivery.sessions import Member, Window
from tracking_pipeline.lake.sessions import cut_sessions

# How far around an event its session is looked for; sessions over a day are cut there.
MARGINS = (dt.timedelta(hours=1), dt.timedelta(hours=6), dt.timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Plan:
    """Requests in the order they leave, and rows of events that never will."""

    requests: tuple[Request, ...]
    closed: tuple[LedgerRow, ...]


def make_plan(
    destination: Destination,
    backlog: Backlog,
    now: dt.datetime,
    limit: int,
    margins: Sequence[dt.timedelta] = MARGINS,
) -> Plan:
    """Plan about ``limit`` events of the backlog; ``now`` is naive UTC. What left the lake leaves the backlog.

    ``margins``: how far around the planned events their sessions are looked for, narrow first.
    """
    connection, traits = backlog.connection, destination.traits
    connection.execute("begin")  # one snapshot
    try:
        chosen = backlog.choose(now, limit, traits.request_events)
        planned, withheld = _events(connection) if chosen else ([], [])
        members = _members(backlog, now, margins) if planned and traits.needs_sessions else []
        connection.execute("commit")  # only temp tables were made
    except BaseException:
        connection.execute("rollback")
        raise
    if chosen > len(planned) + len(withheld):
        found = {one.event.event_id for one in planned} | {row.event_id for row in withheld}
        backlog.settle(_ids(connection) - found)
    requests, closed = destination.assemble(planned, members)
    return Plan(tuple(requests), (*withheld, *closed))


def _events(connection: duckdb.DuckDBPyConnection) -> tuple[list[Planned], list[LedgerRow]]:
    """Read the planned events that may leave; of the others only what closes them."""
    span = _span(connection)
    # What an identify call of an event's session said may have been withdrawn before the event.
    connection.execute(statement("withdrawals"), {"from_date": (span["from_at"] - MARGINS[-1]).date()}).fetchall()
    connection.execute(statement("withheld"), span).fetchall()
    rows = connection.execute("select cast(event_id as varchar), date, hour, reason from withheld").fetchall()
    withheld = [closed_row(event_id, date, hour, "suppressed", reason) for event_id, date, hour, reason in rows]
    return [_planned_of(row) for row in connection.execute(statement("planned_events"), span).fetchall()], withheld


def _planned_of(row: tuple[Any, ...]) -> Planned:
    """Make one of a row of ``planned_events.sql``, whose columns are in the order of the fields here."""
    fields = (*row[14:22], Surroundings(*row[22:30]), *row[30:])
    return Planned(mapping.SourceEvent(*row[:14]), *fields)


def _members(backlog: Backlog, now: dt.datetime, margins: Sequence[dt.timedelta]) -> list[Member]:
    """Read the planned events' sessions as computed now, and what was told of them before.

    The window around the events is widened for those clients of whose sessions it does not hold enough. Where a
    campaign ends a session, what came before the session matters too, and the widest window is read at once.
    """
    connection = backlog.connection
    span = _span(connection)
    connection.execute(statement("wanted_clients"), span).fetchall()
    found: list[Member] = []
    for margin in margins[-1:] if backlog.rule.cut_at_campaign else margins:
        window = Window(span["from_at"] - margin, span["to_at"] + margin, now)
        bounds = {"from_at": window.start, "to_at": window.end, "from_date": window.start.date()}
        connection.execute(statement("session_events"), bounds).fetchall()
        cut_sessions(connection, backlog.rule)
        ledger = {"destination": backlog.destination, "from_date": window.start.date()}
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
    with registered(connection, "wanted", client_kind=list(kinds), client=list(names)):
        query = "create or replace temp table wanted_clients as select client_kind, client from wanted"
        connection.execute(query).fetchall()


def _span(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return the time that the planned events span; nothing is received before it occurs."""
    row = connection.execute("select min(occurred_at), max(occurred_at) from planned").fetchone() or (None, None)
    return {"from_at": row[0], "to_at": row[1], "from_date": row[0] and row[0].date()}
