"""A GA4 outage of 48 hours with a million events waiting, then recovery: what arrives, and what it costs.

Run: ``python -m bench.outage --events 1000000``. Time is simulated, the rest is real: a lake, the sender, sockets.
Events of 78 hours wait; through the last 48 of them connections are refused; then a server takes everything and writes
down what it got. Printed: what arrived once, and what not, twice, out of order or with a wrong time (each has to be 0),
what expired until the end of the drain, the sender's memory, and its pace.
"""

import argparse
import contextlib
import datetime as dt
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil

from bench.load import Bench, new_bench
from bench.made_events import add
from ingest_api.settings import Settings
from tests.support import free_port
from tracking_pipeline.delivery import destinations
from tracking_pipeline.delivery.clock import Clock
from tracking_pipeline.delivery.sender import Limits, deliver
from tracking_pipeline.lake.changed import mark_changed

SPAN_H = 78
OUTAGE_H = 48
EACH = 20  # events in a row of a client
LOOKS = 8  # runs during the outage
SAMPLE_S = 0.5
MB = 1_048_576

VERDICT = """
with arrived as (
  select n, client, make_timestamp(us) as moment
  from read_csv($path, columns = {'n': 'bigint', 'client': 'varchar', 'us': 'bigint'}, header = false)
),
ordered as (select *, lag(moment) over (partition by client order by n) as previous from arrived)
select
  (select count(*) from delivery_status where state = 'sent'),
  (select count(*) from events where occurred_at >= $oldest and occurred_at not in (select moment from arrived)),
  (select count(*) - count(distinct moment) from arrived),
  (select count(*) from ordered where moment < previous),
  (select count(*) from arrived where moment not in (select occurred_at from events)),
  (select count(*) from events where occurred_at < $oldest)
"""


def main() -> None:
    """Make the backlog, live through the outage, recover, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000, help="events that wait")
    parser.add_argument("--drain", nargs=3, help=argparse.SUPPRESS)  # the sender's own process: folder, port, instant
    given = parser.parse_args()
    if given.drain:
        drain(settings_of(Path(given.drain[0]), int(given.drain[1])), float(given.drain[2]))
        return
    with tempfile.TemporaryDirectory() as folder:
        survive(Path(folder), given.events)


def survive(folder: Path, events: int) -> None:
    """Run the drill and print its figures."""
    end = dt.datetime.now(dt.UTC).replace(microsecond=0)
    bench, port = new_bench(folder / "lake"), free_port()
    settings = settings_of(bench.settings.data_dir, port)
    fill(bench, settings, end.replace(tzinfo=None) - dt.timedelta(hours=SPAN_H), events)
    for look in range(LOOKS):
        at = end.timestamp() - OUTAGE_H * 3600 * (LOOKS - look) / LOOKS
        refused = deliver(settings, clock=clock_at(at), limits=Limits(round_events=100))
    print(f"{events:,} events of {SPAN_H} h, {OUTAGE_H} h of refusals; the last run said: {refused}", flush=True)
    arrived = folder / "arrived.csv"
    with recording(port, arrived):
        command = [sys.executable, "-m", "bench.outage", "--drain", str(settings.data_dir), str(port)]
        started = time.perf_counter()
        subprocess.run([*command, str(end.timestamp())], check=True)
    judge(bench, arrived, end.replace(tzinfo=None) + dt.timedelta(seconds=time.perf_counter() - started))


def settings_of(data_dir: Path, port: int) -> Settings:
    """Settings whose GA4 is at a port of this machine."""
    return Settings(_env_file=None, data_dir=data_dir, ga4_endpoint=f"http://127.0.0.1:{port}")


def clock_at(start: float) -> Clock:
    """A clock that shows ``start`` now, and whose pauses take no time."""
    offset = [start - time.time()]

    def pause(seconds: float) -> None:
        offset[0] += seconds

    return Clock(now=lambda: time.time() + offset[0], pause=pause)


def fill(bench: Bench, settings: Settings, first: dt.datetime, events: int) -> None:
    """Write the events hour by hour, as loads would."""
    destinations.ensure_destination(bench.store.connection, settings, first)
    rows = events // SPAN_H
    for hour in range(SPAN_H):
        start = first + dt.timedelta(hours=hour)
        add(bench, start, 10 + hour, rows=rows, span_us=3_600_000_000, clients=max(1, rows // EACH), each=EACH)
    mark_changed(settings)


def drain(settings: Settings, at: float) -> None:
    """Run the sender until nothing is left, and say what it took."""
    samples: list[float] = []
    done = threading.Event()
    sampler = threading.Thread(target=sample, args=(samples, done))
    sampler.start()
    started, cpu = time.perf_counter(), time.process_time()
    report = deliver(settings, clock=clock_at(at), limits=Limits(run_s=36_000))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    done.set()
    sampler.join()
    tenths = [round(max(samples[i * len(samples) // 10 : (i + 1) * len(samples) // 10 + 1])) for i in range(10)]
    print(
        f"drained {report.sent:,} in {report.requests:,} requests, {report.sent / seconds:,.0f} events/s,"
        f" {cpu / max(1, report.sent) * 1e6:.0f} us of CPU an event; memory by tenth of the run, MB: {tenths}",
        flush=True,
    )


def sample(samples: list[float], done: threading.Event) -> None:
    """Note this process's memory until told to stop."""
    process = psutil.Process()
    while True:
        samples.append(process.memory_info().rss / MB)
        if done.wait(SAMPLE_S):
            return


@contextlib.contextmanager
def recording(port: int, path: Path) -> Iterator[None]:
    """Take every request at a port, and write number, client and time of each event in order of arrival."""
    with path.open("w") as file:
        turn = threading.Lock()
        number = 0

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                nonlocal number
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with turn:
                    for event in body["events"]:
                        file.write(f"{number},{body['client_id']},{event['timestamp_micros']}\n")
                        number += 1
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def judge(bench: Bench, arrived: Path, end: dt.datetime) -> None:
    """Compare what arrived with the lake at the end of the drain; its time tells each event."""
    oldest = end - dt.timedelta(minutes=4290)
    found = bench.store.connection.execute(VERDICT, {"path": str(arrived), "oldest": oldest}).fetchone() or ()
    names = ("sent by the ledger", "young and missing", "twice", "out of order", "with a wrong time", "expired")
    print(", ".join(f"{name} {count:,}" for name, count in zip(names, found, strict=True)), flush=True)


if __name__ == "__main__":
    main()
