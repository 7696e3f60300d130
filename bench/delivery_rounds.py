"""Parts of ``bench.delivery``: what one round costs beside much history, and the requests of a thousand events."""

import datetime as dt
import itertools
import time
from collections import Counter

from bench.load import Bench
from bench.made_events import add, make_history
from tracking_pipeline.delivery import destinations
from tracking_pipeline.delivery.backlog import Backlog
from tracking_pipeline.delivery.clock import Clock
from tracking_pipeline.delivery.ledger import Ledger, LedgerRow, record
from tracking_pipeline.delivery.parcel import closing_rows, leased_rows
from tracking_pipeline.delivery.plan import Plan, make_plan
from tracking_pipeline.delivery.registry import destination_of
from tracking_pipeline.delivery.sender import THRIFT
from tracking_pipeline.lake.writer import newest_transaction

UNSENT = 10_000


def rounds(bench: Bench, history: int) -> None:
    """Print what one round of 10,000 costs beside so many sent events, three times."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    destinations.ensure_destination(bench.store.connection, bench.settings, now - dt.timedelta(days=30))
    rounds_from(bench, now, history, make_history(bench, now, history))


def rounds_in(bench: Bench) -> None:
    """Print what one round of 10,000 costs beside the events of a lake that is there, all of them sent."""
    connection = bench.store.connection
    row = connection.execute("select count(*), date_trunc('hour', max(received_at)) + interval 1 hour from events")
    [(history, now)] = row.fetchall()
    destinations.ensure_destination(connection, bench.settings, now - dt.timedelta(days=30))
    rounds_from(bench, now, history, newest_transaction(connection))


def rounds_from(bench: Bench, now: dt.datetime, history: int, settled: int) -> None:
    """Write 10,000 events from ``now`` on and do their round, three times; all up to ``settled`` are sent."""
    for number in range(3):
        start = now + dt.timedelta(minutes=number)
        add(bench, start, settled + 10 + 3 * number, rows=UNSENT, span_us=60_000_000, clients=500, each=8)
        parts = one_round(bench, start + dt.timedelta(minutes=1), settled)
        settled = newest_transaction(bench.store.connection)
        shown = ", ".join(f"{name} {wall:.2f} s, {cpu:.2f} s CPU" for name, (wall, cpu) in parts.items())
        print(f"{history:,} sent events; 10,000 unsent: {shown}", flush=True)


def one_round(bench: Bench, now: dt.datetime, settled: int) -> dict[str, tuple[float, float]]:
    """Choose, plan and lease as a run does, and close the leases; return seconds, and of CPU, by step."""
    connection = bench.store.connection
    for option in THRIFT:
        connection.execute(f"set {option}")
    backlog = Backlog(connection, "ga4", destinations.since(connection), settled)
    marks = [clocks()]
    backlog.refresh(now)
    marks.append(clocks())
    plan = make_plan(destination_of(bench.settings, "ga4"), backlog, now, UNSENT)
    marks.append(clocks())
    rows = [row for request in plan.requests for row in leased_rows(request, "j")]
    assert len(rows) == UNSENT
    ledger = Ledger(connection, bench.settings, "ga4", settled)
    record(ledger, Clock(), rows)
    marks.append(clocks())
    record(ledger, Clock(), closing(plan))
    spent = [(after[0] - before[0], after[1] - before[1]) for before, after in itertools.pairwise(marks)]
    return dict(zip(("choose", "plan and map", "lease"), spent, strict=True))


def clocks() -> tuple[float, float]:
    """Return wall clock and CPU of all threads: on a busy machine only the second says something."""
    return time.perf_counter(), time.process_time()


def visitors(bench: Bench, minutes: int = 5) -> None:
    """Print the requests of a thousand events, against the least that their clients and the limit of 25 allow."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None, second=0, microsecond=0) - dt.timedelta(hours=1)
    connection = bench.store.connection
    destinations.ensure_destination(connection, bench.settings, now - dt.timedelta(days=1))
    settled = used = least = 0
    for minute in range(minutes):
        start = now + dt.timedelta(minutes=minute)
        add(bench, start, settled + 10, rows=1_000, span_us=60_000_000, clients=50, each=1)
        backlog = Backlog(connection, "ga4", destinations.since(connection), settled)
        backlog.refresh(start + dt.timedelta(minutes=1))
        plan = make_plan(destination_of(bench.settings, "ga4"), backlog, start + dt.timedelta(minutes=1), UNSENT)
        of_clients = Counter(event.client_id for request in plan.requests for event in request.events)
        used += len(plan.requests)
        least += sum(-(-count // 25) for count in of_clients.values())
        record(Ledger(connection, bench.settings, "ga4", settled), Clock(), closing(plan))
        settled = newest_transaction(connection)
    print(
        f"50 visitors, 20 events a minute each: {used / minutes:.0f} requests for 1,000 events (aim 100);"
        f" {used / least:.2f} times the least possible (aim 1.00)",
        flush=True,
    )


def closing(plan: Plan) -> list[LedgerRow]:
    """Return the rows that say that all of a plan was sent."""
    return [row for request in plan.requests for row in closing_rows(request, request.events, "sent", 204)]
