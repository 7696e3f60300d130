"""One delivery run to a destination: recover, then plan, lease, send and record, round by round, until nothing is left.

Called by the delivery assets. It can be killed at any instant: what certainly did not leave is sent by a later run,
what may have left is ``uncertain`` (where a repeat does harm), and nothing is sent twice. The writer lock is never
held while a request is under way. Order of every round: lease committed → journal line on disk → bytes leave →
outcome line → ledger.
"""

import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from ingest_api.disk import Disk, locked
from ingest_api.settings import Settings
from tracking_pipeline.delivery import destinations, health, recovery
from tracking_pipeline.delivery import state as states
from tracking_pipeline.delivery.backlog import MAX_AGE, Backlog
from tracking_pipeline.delivery.clock import Clock
from tracking_pipeline.delivery.courier import TIME_IS_UP, Courier, Step
from tracking_pipeline.delivery.destination import Destination
from tracking_pipeline.delivery.journal import SUFFIX, Journal
from tracking_pipeline.delivery.ledger import Ledger, LedgerRow, record, rejected
from tracking_pipeline.delivery.parcel import leased_rows
from tracking_pipeline.delivery.plan import Plan, make_plan
from tracking_pipeline.delivery.registry import destination_of
from tracking_pipeline.delivery.report import DeliveryReport
from tracking_pipeline.delivery.state import GA4, Health, State
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.changed import changed_ns
from tracking_pipeline.lake.sessions import rule_of
from tracking_pipeline.lake.writer import newest_transaction

log = logging.getLogger(__name__)

LOCK_TRIES = 4  # the schedule's look holds the lock for an instant
LOCK_PAUSE_S = 0.05
# A drain reads a file twice at most, and gives back what a round took: 20 and 13 MB less beside a million events. A
# round is many small queries, for which a second thread of DuckDB costs 15 % more CPU and 16 MB.
THRIFT = ("enable_external_file_cache = false", "allocator_flush_threshold = '4MB'", "threads = 1")
OPEN = frozenset({"unsent", "retry"})  # states from which an event is sent again


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one run takes on."""

    run_s: float = 50.0  # the schedule asks every minute
    round_events: int = 10_000
    held_events: int = 100_000  # unsent ones known at a time, the oldest: memory
    careful_events: int = 25  # a round's size after a refusal: one client's full request
    connections: int = 4  # requests under way at a time, of different clients
    flush_s: float = 5.0  # outcomes wait for the ledger no longer than this and one request


def deliver(
    settings: Settings,
    name: str = GA4,
    *,
    clock: Clock | None = None,
    limits: Limits | None = None,
    step: Step | None = None,
) -> DeliveryReport:
    """Send what is unsent at a destination, for at most about a minute; safe to call at any time, as often as you like.

    Returns counts, and why it stopped if something is left. Raises duckdb.Error or OSError when lake or disk fail:
    the next run closes what this one left open. ``step`` is called before each step (crash drills), from threads too.
    """
    Disk().make_dirs(settings.delivery_dir)
    destination = destination_of(settings, name)
    for _ in range(LOCK_TRIES):
        with locked(states.lock_path(settings, name), blocking=False) as mine:
            if mine:
                with attach.opened(settings) as connection:
                    for option in THRIFT:
                        connection.execute(f"set {option}")
                    run = Run(destination, Ledger(connection, settings, name), clock or Clock(), limits or Limits())
                    return run.to_end(step or (lambda name: None))
        time.sleep(LOCK_PAUSE_S)
    return DeliveryReport(stopped_reason="another sender is running")


class Run:
    """One run, holding the destination's lock and a lake connection."""

    def __init__(self, destination: Destination, ledger: Ledger, clock: Clock, limits: Limits) -> None:
        self._destination = destination
        self._traits = destination.traits
        self._ledger = ledger
        self._settings = ledger.settings
        self._connection: duckdb.DuckDBPyConnection = ledger.connection
        self._clock = clock
        self._limits = limits
        self._step: Step = lambda name: None
        self._report = DeliveryReport()
        self._state = State(target=self._traits.target, clean=True)
        self._journal: Journal | None = None
        self._waiting: list[LedgerRow] = []  # outcomes that the ledger does not have yet
        self._flush_at = 0.0
        self._dead: set[str] = set()  # events rejected in this run

    def to_end(self, step: Step) -> DeliveryReport:
        """Recover, then run rounds until nothing is unsent, the destination needs a pause, or time is up."""
        self._step = step
        name = self._traits.name
        destinations.ensure_destination(self._connection, self._settings, self._clock.utc(), name)
        self._recover()
        since = destinations.since(self._connection, name)
        rule, hold = rule_of(self._settings), self._limits.held_events
        backlog = Backlog(self._connection, name, since, self._state.settled_load_id, rule, hold)
        connections = self._limits.connections
        with self._destination.client(connections) as client:
            deadline = self._clock.now() + self._limits.run_s
            courier = Courier(client, self._traits, self._clock, step, deadline, self._state.health, connections)
            try:
                self._rounds(courier, backlog)
            finally:
                if self._journal:
                    self._journal.close()
        if health.rejects_all(courier.health) and self._take_back(self._rejected(), courier.health):
            backlog.look_again(self._clock.utc())
        self._finish(courier, backlog)
        return self._report

    def _recover(self) -> None:
        found = states.load(self._settings, self._traits.name)
        last = recovery.Recovery(self._connection, self._settings, self._traits, found)
        if last.is_needed():
            rows = last.rows()
            self._record(rows)
            self._report.recovered = len(rows)
            log.info("recovered events=%s", len(rows))
        recovery.remove_old_journals(states.journal_dir(self._settings, self._traits.name), self._clock.now())
        # No attempt of this run is older than this.
        self._ledger = replace(self._ledger, from_load_id=newest_transaction(self._connection))
        if found and found.target == self._state.target:
            answered = found.health if found.clean else last.health(found.health)
            self._state = replace(self._state, health=answered)
        if found and last.is_known() and self._clock.now() >= found.looked_at:
            self._state = replace(self._state, settled_load_id=found.settled_load_id)
        if found and self._state.last_load_id is None:
            self._state = replace(self._state, last_load_id=found.last_load_id, last_recorded_at=found.last_recorded_at)
        if last.is_needed() and (found is None or found.target == self._state.target):
            self._finish_stopping()

    def _finish_stopping(self) -> None:
        """Take back what a killed run had rejected, if that was enough to stop it; then one event probes."""
        rows = self._rejected()
        requests = len({row.request_id for row in rows})
        if requests >= health.STOP_AFTER:
            in_a_row = max(requests, self._state.health.rejections)
            self._take_back(rows, Health(rejections=in_a_row))

    def _rounds(self, courier: Courier, backlog: Backlog) -> None:
        while courier.stopped is None:
            self._refresh(backlog)
            plan = make_plan(self._destination, backlog, self._clock.utc(), self._size(courier))
            if plan.requests or plan.closed:
                self._round(plan, courier, backlog)
            elif backlog.is_empty(self._clock.utc()):
                return
            if self._clock.now() >= courier.deadline:
                courier.stopped = courier.stopped or TIME_IS_UP

    def _refresh(self, backlog: Backlog) -> None:
        changed = changed_ns(self._settings)  # read before the snapshot: a later load is seen next time
        now = self._clock.utc()
        if not backlog.has_looked or changed != self._state.seen_changed_ns or backlog.needs_more(now):
            backlog.refresh(now)
            self._state = replace(self._state, seen_changed_ns=changed)

    def _round(self, plan: Plan, courier: Courier, backlog: Backlog) -> None:
        self._lease(plan)
        ended = [row.event_id for row in plan.closed]
        for rows in courier.carry_all(plan.requests, self._open_journal()) if plan.requests else ():
            ended += [row.event_id for row in rows if row.state not in OPEN]
            self._close_leases(rows)
        self._flush()
        backlog.settle(ended)

    def _rejected(self) -> list[LedgerRow]:
        return rejected(self._ledger, (self._clock.utc() - MAX_AGE).date())

    def _take_back(self, rows: list[LedgerRow], why: Health) -> bool:
        """Record that rejected events are to be tried again: the settings are wrong, not the events. Tell if any were.

        The watermark is taken back before: should this die in between, the next run still sees them.
        """
        if not rows:
            return False
        self._state = replace(self._state, settled_load_id=0, health=why)
        states.save(self._settings, replace(self._state, clean=False), self._traits.name)
        self._step("take back")
        self._record(rows)
        self._step("taken back")
        self._report.dead -= sum(row.event_id in self._dead for row in rows)
        log.warning("kept rejected events destination=%s events=%s", self._traits.name, len(rows))
        return True

    def _size(self, courier: Courier) -> int:
        if health.is_probing(courier.health):
            return 1
        return self._limits.careful_events if courier.health.refusals else self._limits.round_events

    def _lease(self, plan: Plan) -> None:
        """Commit what the plan decided: leases, and the rows of events that never leave."""
        rows = list(plan.closed)
        if plan.requests:
            name = self._open_journal().name
            rows += [row for request in plan.requests for row in leased_rows(request, name)]
        self._step("lease")
        self._record(rows)
        self._step("leased")
        self._flush_at = self._clock.now() + self._limits.flush_s

    def _open_journal(self) -> Journal:
        """Return this run's journal; made durable, and the run marked as open, before its first lease."""
        if self._journal is None:
            states.save(self._settings, replace(self._state, clean=False), self._traits.name)
            stamp = f"{self._clock.utc():%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}"
            self._journal = Journal(states.journal_dir(self._settings, self._traits.name) / f"{stamp}{SUFFIX}")
        return self._journal

    def _close_leases(self, rows: Sequence[LedgerRow]) -> None:
        self._waiting += rows
        if self._clock.now() >= self._flush_at:
            self._flush()

    def _flush(self) -> None:
        self._record(self._waiting)
        self._waiting = []
        self._flush_at = self._clock.now() + self._limits.flush_s
        self._step("recorded")

    def _record(self, rows: Sequence[LedgerRow]) -> None:
        if not rows:
            return
        done = record(self._ledger, self._clock, rows)
        self._state = replace(self._state, last_load_id=done.load_id, last_recorded_at=done.recorded_at.isoformat())
        self._dead |= {row.event_id for row in rows if row.state == "dead"}
        for row in rows:
            self._report.count(row.state)

    def _finish(self, courier: Courier, backlog: Backlog) -> None:
        report = self._report
        report.requests = courier.requests
        report.stopped_reason = courier.stopped
        now = self._clock.now()
        left = backlog.survey(self._clock.utc())
        report.pending, report.expiring = left.pending, left.expiring
        if report.expiring:
            log.warning("events expire soon destination=%s events=%s", self._traits.name, report.expiring)
        done = replace(self._state, looked_at=now, pending=report.pending, wake_at=courier.wake_at)
        # What the sender's own last transaction proves: a catalog that holds it holds all that came before.
        settled = min(left.watermark, self._state.last_load_id or 0)
        states.save(self._settings, replace(done, health=courier.health, settled_load_id=settled), self._traits.name)
        log.info("delivered destination=%s %s", self._traits.name, report)
