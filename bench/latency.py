"""How long from the collector's answer until an event can be queried, through the whole stack.

Run: ``python -m bench.latency --seconds 180``. Prints percentiles under steady traffic and cold (idle, then one
event), load runs a minute, memory, and start times. Bounded: it stops by itself.
"""

import argparse
import http.client
import json
import sqlite3
import statistics
import tempfile
import threading
import time
from pathlib import Path

import psutil

from bench.stack import Stack, running_stack
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach

RATE = 50
COLD_TRIES = 4
COLD_IDLE_S = 15
IDLE_TIMEOUT_S = 150


def main() -> None:
    """Run the whole measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=120, help="steady traffic, seconds")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder)) as stack:
        print(
            f"start: first event accepted after {stack.accepts_after_s:.1f} s, UI after {stack.complete_after_s:.1f} s"
        )
        watcher = Watcher(stack)
        cold(stack, watcher)
        memory(stack)
        steady(stack, watcher, seconds)
        watcher.stop()


class Watcher(threading.Thread):
    """Polls the lake with a held reader and notes when each message is first seen."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(daemon=True)
        self._settings = Settings(_env_file=None, data_dir=stack.data_dir)
        self.seen: dict[str, float] = {}
        self._ended = threading.Event()
        self.start()

    def run(self) -> None:
        connection = attach.connect(self._settings, read_only=True, threads=1)
        newest = 0
        while not self._ended.wait(0.05):
            rows = connection.execute("select message_id, load_id from events where load_id > ?", [newest]).fetchall()
            now = time.monotonic()
            for message_id, load_id in rows:
                self.seen.setdefault(message_id, now)
                newest = max(newest, load_id)

    def stop(self) -> None:
        self._ended.set()
        self.join()


def post(connection: http.client.HTTPConnection, message_id: str) -> float:
    """Post one event; return when it was answered."""
    body = json.dumps({"userId": "u", "event": "bench", "messageId": message_id, "writeKey": "demo"})
    connection.request("POST", "/v1/track", body)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, answer.status
    return time.monotonic()


def cold(stack: Stack, watcher: Watcher) -> None:
    """Idle, then one event."""
    found = []
    for number in range(COLD_TRIES):
        time.sleep(COLD_IDLE_S)
        answered = {f"cold-{number}": post(http.client.HTTPConnection("127.0.0.1", stack.port), f"cold-{number}")}
        found += wait_for(watcher, answered)
    print(f"cold: {', '.join(f'{s:.1f}' for s in found)} s")


def steady(stack: Stack, watcher: Watcher, seconds: int) -> None:
    """Post at a steady rate; print how long each event took to be visible."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.port)
    answered: dict[str, float] = {}
    runs, started = count_runs(stack), time.monotonic()
    for number in range(seconds * RATE):
        time.sleep(max(0.0, started + number / RATE - time.monotonic()))
        answered[f"m{number}"] = post(connection, f"m{number}")
    found = sorted(wait_for(watcher, answered))
    cuts = statistics.quantiles(found, n=100)
    per_minute = (count_runs(stack) - runs) / (seconds / 60)
    print(f"steady {RATE}/s for {seconds} s: {len(found)} of {len(answered)} visible")
    print(f"answered -> visible: p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, max {found[-1]:.2f} s")
    print(f"load runs a minute: {per_minute:.1f}")


def wait_for(watcher: Watcher, answered: dict[str, float], timeout_s: float = 60) -> list[float]:
    """Wait until all are visible (or the time is over) and return the latencies, seconds."""
    deadline = time.monotonic() + timeout_s
    while not answered.keys() <= watcher.seen.keys() and time.monotonic() < deadline:
        time.sleep(0.02)
    return [watcher.seen[name] - at for name, at in answered.items() if name in watcher.seen]


def count_runs(stack: Stack) -> int:
    """Count load runs in Dagster's own database."""
    path = stack.data_dir / "dagster" / "history" / "runs.db"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        (count,) = database.execute("select count(*) from runs where pipeline_name = 'load_landing'").fetchone()
    return int(count)


def memory(stack: Stack) -> None:
    """Print the proportional set size of all parts, megabytes, once no run is under way."""
    deadline = time.monotonic() + IDLE_TIMEOUT_S
    while is_running_a_job(stack) and time.monotonic() < deadline:
        time.sleep(0.1)
    total = 0.0
    for process in [psutil.Process(stack.process.pid), *psutil.Process(stack.process.pid).children(recursive=True)]:
        name = " ".join(process.cmdline())[:90]
        size = process.memory_full_info().pss / 1e6
        total += size
        print(f"  {size:6.0f} MB  {name}")
    print(f"memory idle: {total:.0f} MB PSS")


def is_running_a_job(stack: Stack) -> bool:
    """Tell whether one of the processes is a run of Dagster's."""
    children = psutil.Process(stack.process.pid).children(recursive=True)
    return any("spawn_main" in " ".join(child.cmdline()) for child in children if child.is_running())


if __name__ == "__main__":
    main()
