"""The durable collector against a bare Flask echo: same server, same settings, one event a request, in turns.

Run: ``python -m bench.collector``. Prints requests/s of both and their ratio (the promise: at least 0.45, no
error), the CPU a request costs the worker and where it goes, and the idle memory of worker and publisher.
"""

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.collector_stages import stages
from tracking_pipeline.operations.parts import BLOCKING_THREADS

GRANIAN = [
    *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--host", "127.0.0.1"),
    *("--workers", "1", "--log-level", "error", "--factory"),
]
CONNECTIONS = 32


@dataclass(frozen=True)
class Server:
    """A server under load: its port, and the process that answers."""

    port: int
    worker: psutil.Process


@dataclass(frozen=True)
class Turn:
    """One load on one server."""

    per_s: float
    errors: int
    cpu_us: float


def main() -> None:
    """Run the whole comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="length of one load")
    parser.add_argument("--pairs", type=int, default=5, help="loads of each server, in turns")
    parser.add_argument("--threads", default=BLOCKING_THREADS, help="Granian's blocking threads, of both")
    options = parser.parse_args()
    GRANIAN.extend(["--blocking-threads", str(options.threads)])
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        with _server("ingest_api.app:create_worker", data_dir) as ours, _publisher(data_dir) as publisher:
            _print_memory(ours.worker, publisher)
            with _server("bench.echo:create_app", data_dir) as echo:
                _print_turns(*_turns(ours, echo, options.pairs, options.seconds))
        _print_stages(data_dir / "stages")


def _turns(ours: Server, echo: Server, pairs: int, seconds: float) -> tuple[list[Turn], list[Turn]]:
    for server in (ours, echo):
        _load(server, 1)  # warm up
    done = [(_load(ours, seconds), _load(echo, seconds)) for _ in range(pairs)]
    return [pair[0] for pair in done], [pair[1] for pair in done]


def _load(server: Server, seconds: float) -> Turn:
    before = _cpu_s(server.worker)
    command = [sys.executable, "-m", "bench.http_load", str(server.port), str(seconds), str(CONNECTIONS)]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=seconds + 30).stdout)
    used = _cpu_s(server.worker) - before
    return Turn(said["requests"] / said["seconds"], int(said["errors"]), used / said["requests"] * 1e6)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _print_turns(ours: list[Turn], echo: list[Turn]) -> None:
    for name, turns in (("collector", ours), ("echo", echo)):
        rates = " ".join(f"{turn.per_s:.0f}" for turn in turns)
        print(
            f"{name:10} {statistics.median(turn.per_s for turn in turns):6.0f} requests/s  ({rates})"
            f"  {statistics.median(turn.cpu_us for turn in turns):.0f} us of CPU a request"
        )
    ratios = [mine.per_s / bare.per_s for mine, bare in zip(ours, echo, strict=True)]
    print(f"ratio      {statistics.median(ratios):.2f}  ({' '.join(f'{r:.2f}' for r in ratios)}), at least 0.45")
    print(f"errors     {sum(turn.errors for turn in [*ours, *echo])}, must be 0")


def _print_memory(worker: psutil.Process, publisher: psutil.Process) -> None:
    for name, process, limit in (("worker", worker, 60), ("publisher", publisher, 100)):
        print(f"memory     {name} idle {process.memory_full_info().pss / 1e6:.0f} MB PSS, at most {limit}")


def _print_stages(data_dir: Path) -> None:
    print("where a request's CPU goes, each alone in one thread, us (the server adds threads, sockets, HTTP):")
    for name, us in stages(data_dir).items():
        print(f"  {name:44} {us:6.1f}")


@contextlib.contextmanager
def _server(target: str, data_dir: Path) -> Iterator[Server]:
    port = _free_port()
    with _process([*GRANIAN, "--port", str(port), target], data_dir) as process:
        _wait_for_port(port)
        children = psutil.Process(process.pid).children()
        yield Server(port, next(child for child in children if "granian" in " ".join(child.cmdline())))


@contextlib.contextmanager
def _publisher(data_dir: Path) -> Iterator[psutil.Process]:
    with _process([sys.executable, "-m", "tracking_pipeline.operations.publisher"], data_dir) as process:
        time.sleep(2)
        yield psutil.Process(process.pid)


@contextlib.contextmanager
def _process(command: list[str], data_dir: Path) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {**os.environ, "TRACKING_DATA_DIR": str(data_dir), "TRACKING_WRITE_KEYS": "demo"}
    with (data_dir / "log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1)
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    main()
