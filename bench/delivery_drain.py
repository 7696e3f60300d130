"""Part of ``bench.delivery``: a backlog drained to the stand-in, against bare httpx posting the same bodies."""

import contextlib
import datetime as dt
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench.load import new_bench, timed
from bench.made_events import add
from tests.ports import free_port
from tracking_pipeline.delivery import destinations
from tracking_pipeline.delivery.backlog import Backlog
from tracking_pipeline.delivery.ga4 import requests
from tracking_pipeline.delivery.plan import make_plan
from tracking_pipeline.delivery.registry import destination_of
from tracking_pipeline.delivery.sender import Limits, deliver
from tracking_pipeline.lake.changed import mark_changed


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
