"""What a destination is: one module that turns planned events into requests and sends them. Two ship: GA4, webhook.

Everything else is the sender's and the same for all: backlog, lease, journal, ledger, back-off, recovery. Each has
its own lock, journals and state file under its name, so none waits for another. How to add one: docs/destinations.md.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from tracking_pipeline.delivery.ledger import LedgerRow
from tracking_pipeline.delivery.outcomes import Outcome, OutcomeState
from tracking_pipeline.delivery.parcel import Request
from tracking_pipeline.delivery.planned import Planned
from tracking_pipeline.delivery.sessions import Member


@dataclass(frozen=True, slots=True)
class Traits:
    """What the sender has to know of a destination."""

    name: str  # in the ledger, and of its lock, state and journals
    label: str  # in sentences for operators
    target: str  # whom it feeds; another target is a new destination, to which no history is sent
    request_events: int  # the most events in a request
    needs_sessions: bool = False  # whether `assemble` is given the events' sessions
    unknown: OutcomeState = "uncertain"  # what an unknown outcome is; `retry` where a repeat does no harm


class Client(Protocol):
    """What sends requests during one run; safe for threads."""

    def send(self, request: Request) -> Outcome:
        """Send one request, once; never raises for what network or server do."""
        ...


class Destination(Protocol):
    """Where events go. Its methods but ``client`` are pure."""

    @property
    def traits(self) -> Traits:
        """What the sender has to know of it."""
        ...

    def assemble(self, planned: Sequence[Planned], members: Sequence[Member]) -> tuple[list[Request], list[LedgerRow]]:
        """Turn events into requests, in the order they leave, and rows that close what never will; each event once."""
        ...

    def client(self, connections: int) -> AbstractContextManager[Client]:
        """Open what sends, with at most so many connections."""
        ...
