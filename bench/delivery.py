"""The sender: what a round costs as history grows, and how fast a backlog drains.

Run: ``python -m bench.delivery``. Three parts, each printed with what it is compared to; no timed asserts.

- ``rounds``: choosing, planning and leasing 10,000 unsent events in a lake whose other events (``--history``, of the
  last two days) have long been sent; then the same with a quarter of them.
- ``visitors``: requests for a thousand events, 50 visitors with about 20 events a minute, a run each minute.
- ``drain``: a backlog sent to the stand-in by one process, against bare httpx posting the same bodies, in turns.
"""

import argparse
import contextlib
import datetime as dt
import itertools
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench.load import Bench, new_bench, timed
from tests.ports import free_port
from tracking_pipeline.delivery import destinations
from tracking_pipeline.delivery.backlog import Backlog
from tracking_pipeline.delivery.clock import Clock
from tracking_pipeline.delivery.ga4 import requests
from tracking_pipeline.delivery.ledger import Ledger, LedgerRow, record
from tracking_pipeline.delivery.parcel import closing_rows, leased_rows
from tracking_pipeline.delivery.plan import Plan, make_plan
from tracking_pipeline.delivery.registry import destination_of
from tracking_pipeline.delivery.sender import Limits, deliver
from tracking_pipeline.lake.changed import mark_changed
from tracking_pipeline.lake.tables import EVENTS
from tracking_pipeline.lake.writer import newest_transaction

HOURS = 48
UNSENT = 10_000

HISTORY = """
insert into events ({columns})
select {values}
from (
  select
    i as n,
    md5($salt || i) as h,
    $start + to_microseconds(cast(i * $span_us // $rows as bigint)) as moment
  from range($rows) t(i)
)
"""
LEDGER = """
insert into deliveries (
  event_id, destination, state, attempt_id, request_id, client_id, session_id, journal, recorded_at, load_id, date, hour
)
select
  event_id, 'ga4', {state}, substr(cast(event_id as varchar), 20), substr(cast(event_id as varchar), 1, 23),
  {told}, received_at, load_id + {later}, date, hour
from events
where date = $date and hour = $hour
"""
MADE = {
    "event_id": "cast(lpad(printf('%012x', epoch_ms(moment)), 12, '0')"
    " || '8' || substr(h, 1, 3) || '8' || substr(h, 4, 15) as uuid)",
    "message_id": "'m-' || h",
    "source": "'default'",
    "type": "'track'",
    "event_name": "'Swap Started'",
    "occurred_at": "moment",
    "occurred_from": "'client'",
    "client_at": "moment",
    "sent_at": "moment",
    "received_at": "moment",
    "anonymous_id": "'anon-' || ((n // $each) % $clients)",
    "page_url": "'https://swap.example/exchange?fromChain=' || (n % 40)",
    "page_title": "'Swap'",
    "properties": '\'{"from_chain_id":\' || (n % 40) || \',"tool":"relay"}\'',
    "device_is_new": "false",
    "dialect": "'segment'",
    "is_bot": "false",
    "date": "cast(moment as date)",
    "hour": "hour(moment)",
    "source_file": "'events/made'",
    "ordinal": "n",
    "load_id": "$load_id",
}


def main() -> None:
    """Run the parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--history", type=int, default=4_000_000, help="events of the last two days, sent long ago")
    parser.add_argument("--backlog", type=int, default=20_000, help="events of the second part")
    parser.add_argument("--only", choices=["rounds", "visitors", "drain"], help="one part alone")
    given = parser.parse_args()
    if given.only in (None, "visitors"):
        with tempfile.TemporaryDirectory() as folder:
            visitors(new_bench(Path(folder)))
    if given.only in (None, "drain"):
        for each in (8, 25):
            with tempfile.TemporaryDirectory() as folder:
                drain(Path(folder), given.backlog, each)
    if given.only not in (None, "rounds"):
        return
    for history in (given.history // 4, given.history):
        with tempfile.TemporaryDirectory() as folder:
            rounds(new_bench(Path(folder)), history)


def rounds(bench: Bench, history: int) -> None:
    """Print what one round of 10,000 costs, three times."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    destinations.ensure_destination(bench.store.connection, bench.settings, now - dt.timedelta(days=30))
    settled = make_history(bench, now, history)
    for number in range(3):
        start = now + dt.timedelta(minutes=number)
        add(bench, start, settled + 10 + 3 * number, rows=UNSENT, span_us=60_000_000, clients=500, each=8)
        parts = one_round(bench, start + dt.timedelta(minutes=1), settled)
        settled = newest_transaction(bench.store.connection)
        shown = ", ".join(f"{name} {wall:.2f} s, {cpu:.2f} s CPU" for name, (wall, cpu) in parts.items())
        print(f"{history:,} sent events; 10,000 unsent: {shown}", flush=True)


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


def make_history(bench: Bench, now: dt.datetime, rows: int) -> int:
    """Fill two days with events that were sent; return the newest transaction."""
    load_id = 10
    for number in range(HOURS):
        start = now - dt.timedelta(hours=HOURS - number)
        add(bench, start, load_id, rows=rows // HOURS, span_us=3_600_000_000, clients=5_000, each=8)
        key = {"date": start.date(), "hour": start.hour}
        for later, (state, told) in enumerate((("'leased'", "'1.2', '3', 'j'"), ("'sent'", "null, null, null")), 1):
            sql = LEDGER.format(state=state, told=told, later=later)
            bench.store.connection.execute(sql, key).fetchall()
        load_id += 3
    bench.store.connection.execute("update fence set n = $n", {"n": load_id}).fetchall()
    return load_id


def add(bench: Bench, start: dt.datetime, load_id: int, **how: int) -> None:
    """Write ``rows`` events of ``clients`` over ``span_us`` straight into the lake, as one load would."""
    values = ", ".join(MADE.get(name, "null") for name in EVENTS.names)
    parameters = {"start": start, "load_id": load_id, **how}
    sql = HISTORY.format(columns=", ".join(EVENTS.names), values=values)
    bench.store.connection.execute(sql, {**parameters, "salt": f"{start}-"}).fetchall()
    bench.store.connection.execute("update fence set n = $n", {"n": load_id}).fetchall()


def one_round(bench: Bench, now: dt.datetime, settled: int) -> dict[str, tuple[float, float]]:
    """Choose, plan and lease as a run does, and close the leases; return seconds, and of CPU, by step."""
    connection = bench.store.connection
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


def drain(folder: Path, count: int, each: int) -> None:
    """Print how fast one run drains a backlog of clients with ``each`` events, against bare httpx."""
    with standin(folder / "standin") as endpoint:
        bench = new_bench(folder / "lake")
        settings = bench.settings.model_copy(update={"ga4_endpoint": endpoint})
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        destinations.ensure_destination(bench.store.connection, settings, now - dt.timedelta(days=1))
        add(bench, now - dt.timedelta(hours=1), 10, rows=count, span_us=3_000_000_000, clients=count, each=each)
        mark_changed(settings)
        backlog = Backlog(bench.store.connection, "ga4", destinations.since(bench.store.connection), 0)
        backlog.refresh(now)
        planned = make_plan(destination_of(settings, "ga4"), backlog, now, count)
        bodies = [requests.body(request.events) for request in planned.requests]
        bench.store.connection.close()
        bare = timed(lambda: post_bare(endpoint, bodies))
        started = time.perf_counter()
        report = deliver(settings, limits=Limits(run_s=600))
        ours = time.perf_counter() - started
        again = timed(lambda: post_bare(endpoint, bodies))
    assert report.sent == count
    floor = (bare + again) / 2
    print(
        f"{count:,} events, {each} a request: drained at {count / ours:,.0f} events/s; bare httpx {count / floor:,.0f};"
        f" ratio {floor / ours:.2f}; {report.requests:,} requests, least possible {-(-count // each):,};"
        f" peak {peak_mb():.0f} MB",
        flush=True,
    )


def post_bare(endpoint: str, bodies: list[bytes]) -> None:
    """Post ready bodies one after the other over one connection."""
    with httpx.Client(timeout=30, trust_env=False) as http:
        for body in bodies:
            url = f"{endpoint}/mp/collect?measurement_id=G-STANDIN&api_secret=standin"
            assert http.post(url, content=body, headers={"content-type": "application/json"}).status_code == 204


@contextlib.contextmanager
def standin(folder: Path) -> Iterator[str]:
    """Run the stand-in as ``tracking up`` does, on a free port; yield its URL."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "8"]
    command += ["--http", "1", "--no-ws", "--log-level", "warning", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--factory", "tracking_pipeline.standin.app:create_worker"]
    folder.mkdir()
    process = subprocess.Popen(command, env=os.environ | {"TRACKING_DATA_DIR": str(folder)})
    try:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=5).status_code == 200:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def peak_mb() -> float:
    """Return this process's largest resident size so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
