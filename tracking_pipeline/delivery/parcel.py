"""What is carried: one event made ready, and one request of them. Pure data."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tracking_pipeline.delivery.ledger import LedgerRow

Properties = Mapping[str, tuple[str | int | float, int]]  # name → value and when it was set (unix µs)


@dataclass(frozen=True, slots=True)
class Ready:
    """One event that can be sent: its encoded form, where it rests, whom it is said to be of, what was changed."""

    event_id: str
    date: str
    hour: int
    occurred_us: int
    client_id: str | None
    session_id: str | None
    user_id: str | None
    encoded: bytes
    fixes: tuple[str, ...] = ()
    shared: bytes = b""  # what a request says of all of its events, encoded: events of another do not join it
    properties: Properties = field(default_factory=dict)  # of the user, as of the event
    weight: int = 1  # events that the destination counts for it
    resend: bool = False  # sent again when nobody knows whether it arrived


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Those of one ``lane`` are carried one after the other, in their order."""

    request_id: str
    attempt_id: str
    events: tuple[Ready, ...]
    lane: str = ""
    stream: str | None = None  # which of the destination's streams it is for


def new_request(events: Iterable[Ready], lane: str = "", stream: str | None = None) -> Request:
    """Make a request of events with ids of its own."""
    return Request(uuid.uuid4().hex, uuid.uuid4().hex, tuple(events), lane, stream)


def leased_rows(request: Request, journal: str) -> list[LedgerRow]:
    """The ledger rows of a request's lease, with what will be told and what was changed."""
    return [
        LedgerRow(
            event.event_id,
            event.date,
            event.hour,
            "leased",
            request.attempt_id,
            request.request_id,
            client_id=event.client_id,
            session_id=event.session_id,
            journal=journal,
            stream=request.stream,
            fixes=event.fixes or None,
        )
        for event in request.events
    ]


def closing_rows(
    request: Request,
    events: Iterable[Ready],
    state: str,
    http_status: int | None = None,
    reason: str | None = None,
) -> list[LedgerRow]:
    """The rows that end the lease of these events of a request."""
    attempt = (request.attempt_id, request.request_id, http_status, reason)
    return [
        LedgerRow(event.event_id, event.date, event.hour, settled_state(state, resend=event.resend), *attempt)
        for event in events
    ]


def settled_state(state: str, *, resend: bool) -> str:
    """Return what an outcome means for one event: an unknown one is tried again where a repeat does no harm."""
    return "retry" if state == "uncertain" and resend else state


def closed_row(event_id: str, date: str, hour: int, state: str, reason: str) -> LedgerRow:
    """The row of an event that never leaves."""
    return LedgerRow(event_id, date, hour, state, uuid.uuid4().hex, reason=reason)
