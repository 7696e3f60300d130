"""Carrying one leased request to GA4: journal line, bytes, outcome line; and what the outcome means for the next.

Used by one run. Every request handed to ``carry`` comes back as rows that close its lease, sent or not.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from tracking_pipeline.delivery import health as healths
from tracking_pipeline.delivery.clock import Clock
from tracking_pipeline.delivery.ga4 import rules
from tracking_pipeline.delivery.ga4.requests import Ready, Request
from tracking_pipeline.delivery.journal import Journal
from tracking_pipeline.delivery.ledger import LedgerRow
from tracking_pipeline.delivery.outcomes import Outcome
from tracking_pipeline.delivery.state import Health

log = logging.getLogger(__name__)

MAX_AGE_S = rules.MAX_AGE_MINUTES * 60
TIME_IS_UP = "time is up; the next run goes on"
Step = Callable[[str], None]


class Client(Protocol):
    """What sends a body: a GA4 client, or a test's."""

    def send(self, body: bytes) -> Outcome:
        """Send one request, once; never raises for what network or server do."""
        ...


@dataclass(slots=True)
class Courier:
    """Carries requests until ``deadline`` or until ``stopped`` says why not; ``wake_at`` is when to come back."""

    client: Client
    clock: Clock
    step: Step
    deadline: float
    health: Health
    wake_at: float = 0.0
    stopped: str | None = None
    requests: int = 0

    def carry(self, request: Request, journal: Journal) -> list[LedgerRow]:
        """Send a request if it still may leave; return the rows that close its lease."""
        if self.stopped is None and self.clock.now() >= self.deadline:
            self.stopped = TIME_IS_UP
        if self.stopped:
            return closing_rows(request, request.events, "unsent", reason="not_reached")
        young = tuple(event for event in request.events if not self._is_expired(event))
        old = [event for event in request.events if self._is_expired(event)]
        rows = closing_rows(request, old, "unsent", reason="expired_before_sending")
        if young:
            rows += self._carry(replace(request, events=young), journal)
        return rows

    def _carry(self, request: Request, journal: Journal) -> list[LedgerRow]:
        try:
            keys = [(event.event_id, event.date, event.hour) for event in request.events]
            journal.request(request.request_id, request.attempt_id, keys)
        except OSError as error:  # no line on disk, no bytes
            log.error("send journal cannot be written errno=%s", error.errno)
            self.stopped = "the send journal cannot be written: free disk space"
            return closing_rows(request, request.events, "unsent", reason="not_journalled")
        self.step("journalled")
        outcome = self.client.send(request.body)
        self.requests += 1
        self.step("answered")
        self._note(request, outcome, journal)
        self.step("noted")
        self._heed(outcome)
        return closing_rows(request, request.events, outcome.state, outcome.http_status, outcome.reason)

    def _note(self, request: Request, outcome: Outcome, journal: Journal) -> None:
        try:
            journal.outcome(request.attempt_id, outcome.state, outcome.http_status, outcome.reason)
        except OSError as error:  # the ledger gets it in a moment; a kill before that leaves it uncertain
            log.error("send journal cannot be written errno=%s", error.errno)
            self.stopped = "the send journal cannot be written: free disk space"

    def _heed(self, outcome: Outcome) -> None:
        """Count the outcome; wait as long as it asks for if that fits into this run, else stop until then."""
        self.health = healths.after(self.health, outcome)
        advice = healths.advice(self.health, outcome, self.clock.luck())
        if outcome.state != "sent":
            log.warning(
                "request not sent state=%s status=%s reason=%s", outcome.state, outcome.http_status, outcome.reason
            )
        until = self.clock.now() + advice.wait_s
        if advice.stop or (advice.wait_s and until >= self.deadline):
            self.stopped = self.stopped or advice.stop or f"GA4 refuses for now ({outcome.reason}); backing off"
            self.wake_at = until
        elif advice.wait_s:
            self.clock.pause(advice.wait_s)

    def _is_expired(self, event: Ready) -> bool:
        return event.occurred_us / 1e6 < self.clock.now() - MAX_AGE_S


def closing_rows(
    request: Request,
    events: Iterable[Ready],
    state: str,
    http_status: int | None = None,
    reason: str | None = None,
) -> list[LedgerRow]:
    """The rows that end the lease of these events of a request."""
    return [
        LedgerRow(
            event.event_id,
            event.date,
            event.hour,
            state,
            request.attempt_id,
            request.request_id,
            http_status,
            reason,
        )
        for event in events
    ]
