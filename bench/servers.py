"""Servers under load, for the benchmarks: each with the settings of the product, in a folder of its own."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.ports import free_port
from tracking_pipeline.operations.parts import BLOCKING_THREADS

COLLECTOR = "ingest_api.app:create_worker"
ECHO = "bench.echo:create_app"
CONNECTIONS = 32


@dataclass(frozen=True)
class Server:
    """A server under load: its port, and the processes that answer."""

    port: int
    workers: list[psutil.Process]


@dataclass(frozen=True)
class Turn:
    """One load on one server."""

    per_s: float
    errors: int
    cpu_us: float
    p50_ms: float
    p99_ms: float
    requests: int


@contextlib.contextmanager
def server(
    target: str, data_dir: Path, *, workers: int = 1, threads: int = BLOCKING_THREADS, **variables: str
) -> Iterator[Server]:
    """Run a WSGI app under Granian until the block ends."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--host", "127.0.0.1"),
        *("--workers", str(workers), "--blocking-threads", str(threads), "--log-level", "error"),
        *("--port", str(port), "--factory", target),
    ]
    with process(command, data_dir, **variables) as running:
        _wait_for_port(port)
        children = psutil.Process(running.pid).children()
        yield Server(port, [child for child in children if "granian" in " ".join(child.cmdline())])


@contextlib.contextmanager
def publisher(data_dir: Path) -> Iterator[psutil.Process]:
    """Run the publisher until the block ends."""
    with process([sys.executable, "-m", "tracking_pipeline.operations.publisher"], data_dir) as running:
        time.sleep(2)
        yield psutil.Process(running.pid)


@contextlib.contextmanager
def process(command: list[str], data_dir: Path, **variables: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a process until the block ends; what it says goes to ``data_dir / "log"``."""
    ours = {"TRACKING_DATA_DIR": str(data_dir), "TRACKING_WRITE_KEYS": "demo", **variables}
    with (data_dir / "log").open("ab") as log:
        running = subprocess.Popen(command, env={**os.environ, **ours}, stdout=log, stderr=log)
    try:
        yield running
    finally:
        running.terminate()
        running.wait(20)


def load(target: Server, seconds: float, **more: float) -> Turn:
    """Load a server; ``more`` are fields of ``http_load.Load``."""
    before = _cpu_s(target)
    options = {"seconds": seconds, "connections": CONNECTIONS, **more}
    command = [sys.executable, "-m", "bench.http_load", str(target.port)]
    command += [f"--{name}={value}" for name, value in options.items()]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=seconds + 60).stdout)
    cpu_us = (_cpu_s(target) - before) / max(1, said["requests"]) * 1e6
    per_s = said["requests"] / said["seconds"]
    return Turn(per_s, int(said["errors"]), cpu_us, said["p50_ms"], said["p99_ms"], int(said["requests"]))


def in_turns(first: Server, second: Server, pairs: int, seconds: float) -> tuple[list[Turn], list[Turn]]:
    """Load two servers one after the other, several times: what disturbs one disturbs the other."""
    for each in (first, second):
        load(each, 1)  # warm up
    done = [(load(first, seconds), load(second, seconds)) for _ in range(pairs)]
    return [pair[0] for pair in done], [pair[1] for pair in done]


def _cpu_s(target: Server) -> float:
    times = [worker.cpu_times() for worker in target.workers]
    return sum(time.user + time.system for time in times)


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
