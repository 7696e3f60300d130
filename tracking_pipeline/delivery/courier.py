"""Carrying leased requests: journal line, bytes, outcome line; and what the outcome means for the next.

Used by one run. Lanes (a client's requests, in order) go in parallel over a few connections; once something goes
wrong, one request at a time. Every request comes back as rows that close its lease, sent or not.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from tracking_pipeline.delivery import health as healths
from tracking_pipeline.delivery.clock import Clock
from tracking_pipeline.delivery.destination import Client, Traits
from tracking_pipeline.delivery.ga4 import rules
from tracking_pipeline.delivery.journal import Journal
from tracking_pipeline.delivery.ledger import LedgerRow
from tracking_pipeline.delivery.outcomes import Outcome
from tracking_pipeline.delivery.parcel import Ready, Request, closing_rows
from tracking_pipeline.delivery.state import Health

log = logging.getLogger(__name__)

MAX_AGE_S = rules.MAX_AGE_MINUTES * 60
TIME_IS_UP = "time is up; the next run goes on"
FAILED = "the run failed"
NO_JOURNAL = "the send journal cannot be written: free disk space"
Step = Callable[[str], None]


@dataclass(slots=True)
class Courier:
    """Carries requests until ``deadline`` or until ``stopped`` says why not; ``wake_at`` is when to come back."""

    client: Client
    traits: Traits
    clock: Clock
    step: Step
    deadline: float
    health: Health
    connections: int = 1
    wake_at: float = 0.0
    stopped: str | None = None
    requests: int = 0
    _turn: threading.Condition = field(default_factory=threading.Condition)
    _in_flight: int = 0
    _setbacks: int = 0  # outcomes that were none of success: one that left before the last tells nothing new

    def carry_all(self, requests: Sequence[Request], journal: Journal) -> Iterator[list[LedgerRow]]:
        """Carry requests; yield the rows of each as it is done. Raises what a thread of it raised, when all ended."""
        lanes: dict[str, list[Request]] = {}
        for request in requests:
            lanes.setdefault(request.lane, []).append(request)
        waiting = iter(lanes.values())
        done: queue.SimpleQueue[list[LedgerRow] | None] = queue.SimpleQueue()

        def work() -> None:
            try:
                while (lane := self._next(waiting)) is not None:
                    for request in lane:
                        done.put(self.carry(request, journal))
            except BaseException:
                self.stopped = self.stopped or FAILED
                raise
            finally:
                done.put(None)

        workers = max(1, min(self.connections, len(lanes)))
        with ThreadPoolExecutor(workers, thread_name_prefix=self.traits.name) as pool:
            ends = [pool.submit(work) for _ in range(workers)]
            try:
                for _ in ends:
                    while (rows := done.get()) is not None:
                        yield rows
            except BaseException:
                self.stopped = self.stopped or FAILED  # the pool waits for its threads: nothing more may leave
                raise
        for end in ends:
            end.result()

    def _next(self, waiting: Iterator[list[Request]]) -> list[Request] | None:
        with self._turn:
            return next(waiting, None)

    def carry(self, request: Request, journal: Journal) -> list[LedgerRow]:
        """Send a request if it still may leave; return the rows that close its lease."""
        setbacks = self._enter()
        if setbacks is None:
            return closing_rows(request, request.events, "unsent", reason="not_reached")
        try:
            young = tuple(event for event in request.events if not self._is_expired(event))
            old = [event for event in request.events if self._is_expired(event)]
            rows = closing_rows(request, old, "unsent", reason="expired_before_sending")
            return rows + self._carry(replace(request, events=young), journal, setbacks) if young else rows
        finally:
            self._leave()

    def _enter(self) -> int | None:
        """Wait for a turn; return how many setbacks there were, or None when nothing more may leave."""
        with self._turn:
            while True:
                if self.stopped is None and self.clock.now() >= self.deadline:
                    self.stopped = TIME_IS_UP
                if self.stopped:
                    return None
                if self._in_flight < (self.connections if self.health == Health() else 1):
                    self._in_flight += 1
                    return self._setbacks
                self._turn.wait()

    def _leave(self) -> None:
        with self._turn:
            self._in_flight -= 1
            self._turn.notify_all()

    def _carry(self, request: Request, journal: Journal, setbacks: int) -> list[LedgerRow]:
        try:
            keys = [(event.event_id, event.date, event.hour) for event in request.events]
            resend = [event.event_id for event in request.events if event.resend]
            journal.request(request.request_id, request.attempt_id, keys, resend)
        except OSError as error:  # no line on disk, no bytes
            log.error("send journal cannot be written errno=%s", error.errno)
            self.stopped = NO_JOURNAL
            return closing_rows(request, request.events, "unsent", reason="not_journalled")
        self.step("journalled")
        outcome = self.client.send(request)
        self.step("answered")
        self._note(request, outcome, journal)
        self.step("noted")
        self._heed(outcome, setbacks)
        return closing_rows(request, request.events, outcome.state, outcome.http_status, outcome.reason)

    def _note(self, request: Request, outcome: Outcome, journal: Journal) -> None:
        try:
            journal.outcome(request.attempt_id, outcome.state, outcome.http_status, outcome.reason)
        except OSError as error:  # the ledger gets it in a moment; a kill before that leaves it uncertain
            log.error("send journal cannot be written errno=%s", error.errno)
            self.stopped = NO_JOURNAL

    def _heed(self, outcome: Outcome, setbacks: int) -> None:
        """Count the outcome; wait as long as it asks for if that fits into this run, else stop until then.

        Others wait with it. What left before the last setback tells nothing new: an outage counts once, not once
        for each connection.
        """
        with self._turn:
            self.requests += 1
            if outcome.state != "sent":
                facts = (outcome.state, outcome.http_status, outcome.reason)
                log.warning("request not sent state=%s status=%s reason=%s", *facts)
            if setbacks != self._setbacks:
                return
            self._setbacks += outcome.state != "sent"
            self.health = healths.after(self.health, outcome)
            advice = healths.advice(self.health, outcome, self.clock.luck(), self.traits.label)
            until = self.clock.now() + advice.wait_s
            if advice.stop or (advice.wait_s and until >= self.deadline):
                refuses = f"{self.traits.label} refuses for now ({outcome.reason}); backing off"
                self.stopped = self.stopped or advice.stop or refuses
                self.wake_at = until
            elif advice.wait_s:
                self.clock.pause(advice.wait_s)

    def _is_expired(self, event: Ready) -> bool:
        return event.occurred_us / 1e6 < self.clock.now() - MAX_AGE_S
