"""One delivery run to GA4: recover, then plan, lease, send and record, round by round, until nothing is unsent.

Called by the ``ga4_deliveries`` asset. It can be killed at any instant: what certainly did not leave is sent by a
later run, what may have left is ``uncertain``, and nothing is sent twice. The writer lock is never held while a
request is under way. Order of every round: lease committed → journal line on disk → bytes leave → outcome line →
ledger.
"""

import datetime as dt
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
from tracking_pipeline.delivery.clock import Clock
from tracking_pipeline.delivery.courier import TIME_IS_UP, Courier, Step
from tracking_pipeline.delivery.ga4.client import Ga4Client
from tracking_pipeline.delivery.journal import SUFFIX, Journal
from tracking_pipeline.delivery.ledger import LedgerRow, record
from tracking_pipeline.delivery.plan import Plan, count_unsent, leased_rows, make_plan
from tracking_pipeline.delivery.report import DeliveryReport
from tracking_pipeline.delivery.state import State
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.changed import changed_ns

log = logging.getLogger(__name__)

LOCK_TRIES = 4  # the schedule's look holds the lock for an instant
LOCK_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one run takes on."""

    run_s: float = 50.0  # the schedule asks every minute
    round_events: int = 2_500
    careful_events: int = 25  # a round's size after a refusal: one client's full request
    flush_s: float = 5.0  # outcomes wait for the ledger no longer than this and one request


def deliver(
    settings: Settings, *, clock: Clock | None = None, limits: Limits | None = None, step: Step | None = None
) -> DeliveryReport:
    """Send what is unsent, for at most about a minute; safe to call at any time, as often as you like.

    Returns counts, and why it stopped if something is left. Raises duckdb.Error or OSError when lake or disk fail:
    the next run closes what this one left open. ``step`` is called before each step (crash drills).
    """
    Disk().make_dirs(settings.delivery_dir)
    for _ in range(LOCK_TRIES):
        with locked(states.lock_path(settings), blocking=False) as mine:
            if mine:
                with attach.opened(settings) as connection:
                    return Run(settings, connection, clock or Clock(), limits or Limits(), step).to_end()
        time.sleep(LOCK_PAUSE_S)
    return DeliveryReport(stopped_reason="another sender is running")


class Run:
    """One run, holding the destination's lock and a lake connection."""

    def __init__(
        self,
        settings: Settings,
        connection: duckdb.DuckDBPyConnection,
        clock: Clock,
        limits: Limits,
        step: Step | None = None,
    ) -> None:
        self._settings = settings
        self._connection = connection
        self._clock = clock
        self._limits = limits
        self._step = step or (lambda name: None)
        self._report = DeliveryReport()
        self._state = State(target=settings.ga4.identity, clean=True)
        self._journal: Journal | None = None
        self._waiting: list[LedgerRow] = []  # outcomes that the ledger does not have yet
        self._flush_at = 0.0

    def to_end(self) -> DeliveryReport:
        """Recover, then run rounds until nothing is unsent, the destination needs a pause, or time is up."""
        destinations.ensure_destination(self._connection, self._settings, self._clock.utc())
        self._recover()
        since = destinations.since(self._connection)
        with Ga4Client(self._settings.ga4) as client:
            deadline = self._clock.now() + self._limits.run_s
            courier = Courier(client, self._clock, self._step, deadline, self._state.health)
            try:
                self._rounds(courier, since)
            finally:
                if self._journal:
                    self._journal.close()
        self._finish(courier, since)
        return self._report

    def _recover(self) -> None:
        found = states.load(self._settings)
        if recovery.needs_recovery(self._connection, found):
            rows = recovery.rows_to_close(self._connection, self._settings, found)
            self._record(rows)
            self._report.recovered = len(rows)
            log.info("recovered events=%s", len(rows))
        recovery.remove_old_journals(self._settings, self._clock.now())
        if found and found.target == self._state.target:
            self._state = replace(self._state, health=found.health)
        if found and self._state.last_load_id is None:
            self._state = replace(self._state, last_load_id=found.last_load_id, last_recorded_at=found.last_recorded_at)

    def _rounds(self, courier: Courier, since: dt.datetime) -> None:
        while courier.stopped is None:
            seen_changed_ns = changed_ns(self._settings)  # before the snapshot: a later load is seen next time
            plan = make_plan(self._connection, since, self._clock.utc(), self._size(courier))
            self._state = replace(self._state, seen_changed_ns=seen_changed_ns)
            if not plan.backlog:
                return
            self._lease(plan)
            for request in plan.requests:
                self._close_leases(courier.carry(request, self._open_journal()))
            self._flush()
            if self._clock.now() >= courier.deadline:
                courier.stopped = courier.stopped or TIME_IS_UP

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
            states.save(self._settings, replace(self._state, clean=False))
            stamp = f"{self._clock.utc():%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}"
            self._journal = Journal(states.journal_dir(self._settings) / f"{stamp}{SUFFIX}")
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
        done = record(self._connection, self._settings, self._clock, rows)
        self._state = replace(self._state, last_load_id=done.load_id, last_recorded_at=done.recorded_at.isoformat())
        for row in rows:
            self._report.count(row.state)

    def _finish(self, courier: Courier, since: dt.datetime) -> None:
        report = self._report
        report.requests = courier.requests
        report.stopped_reason = courier.stopped
        if courier.stopped:
            report.pending = count_unsent(self._connection, since, self._clock.utc())
        now = self._clock.now()
        states.save(
            self._settings,
            replace(
                self._state,
                looked_at=now,
                pending=report.pending,
                wake_at=courier.wake_at,
                health=courier.health,
            ),
        )
        log.info("delivered %s", report)
