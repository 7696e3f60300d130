"""The whole stack in a folder of its own, on free ports, for benchmarks. Started and stopped by its pid."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack: its data folder, the collector's port, its process, and how long it took to start."""

    data_dir: Path
    port: int
    dagster_port: int
    process: "subprocess.Popen[bytes]"
    accepts_after_s: float
    complete_after_s: float


@contextlib.contextmanager
def running_stack(data_dir: Path, **more: str) -> Iterator[Stack]:
    """Run ``tracking up`` until the block ends."""
    port, dagster_port, standin_port = (free_port() for _ in range(3))
    environment = {
        **os.environ,
        "TRACKING_DATA_DIR": str(data_dir),
        "TRACKING_PORT": str(port),
        "TRACKING_DAGSTER_PORT": str(dagster_port),
        "TRACKING_STANDIN_PORT": str(standin_port),
        **more,
    }
    started = time.monotonic()
    command = [str(Path(sys.executable).with_name("tracking")), "up"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/health/ready")
        accepts = time.monotonic() - started
        _wait(f"http://127.0.0.1:{dagster_port}/server_info")
        yield Stack(data_dir, port, dagster_port, process, accepts, time.monotonic() - started)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _wait(url: str, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
