"""A stand-in with a clock that stands still, and one behind a real server."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient

from ingest_api.settings import Settings
from tests.ports import free_port
from tracking_pipeline.standin.app import create_app

NOW_US = 1_790_000_000_000_000
HOUR_US = 3_600_000_000
QUERY = "?measurement_id=G-TEST&api_secret=s3cret-value"
START_TIMEOUT_S = 60.0


def event(name: str = "swap", **params: Any) -> dict[str, Any]:
    """Make an event that no rule has anything to say about."""
    return {"name": name, "params": {"session_id": "1790000000", "engagement_time_msec": 1, **params}}


def body(*events: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Make a request body that no rule has anything to say about."""
    return {"client_id": "12.34", "events": list(events or [event()]), **fields}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path / "data")


@pytest.fixture
def client(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.delenv("TRACKING_STANDIN_FAULTS", raising=False)
    app = create_app(settings, clock=lambda: NOW_US)
    yield app.test_client()
    app.extensions["standin"].store.close()


@dataclass(frozen=True, slots=True)
class Server:
    """A running stand-in and where it keeps its things."""

    url: str
    process: subprocess.Popen[bytes]
    folder: Path
    log: Path

    @property
    def collect(self) -> str:
        return f"{self.url}/mp/collect{QUERY}"

    def stored(self) -> list[str]:
        return [each["name"] for each in httpx.get(f"{self.url}/events.json", timeout=60).json()]

    def order(self, **fault: Any) -> None:
        httpx.post(f"{self.url}/test/faults", json=fault, timeout=60).raise_for_status()


@contextlib.contextmanager
def serve(data_dir: Path, *, faults: bool = True) -> Iterator[Server]:
    """Run the stand-in as it is run in earnest, on a free port of this machine."""
    port = free_port()
    log = data_dir.parent / f"standin-{port}.log"
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "4"),
        *("--http", "1", "--no-ws", "--log-level", "warning", "--host", "127.0.0.1", "--port", str(port)),
        *("--factory", "tracking_pipeline.standin.app:create_worker"),
    ]
    variables = {"TRACKING_DATA_DIR": str(data_dir), "TRACKING_STANDIN_FAULTS": "1" if faults else ""}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=data_dir.parent, env=os.environ | variables, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        server = Server(f"http://127.0.0.1:{port}", process, data_dir / "standin", log)
        until(lambda: _answers(server), START_TIMEOUT_S)
        yield server
    finally:
        process.send_signal(signal.SIGKILL)  # the worker ends by itself: one of the things under test
        process.wait(timeout=60)
        until(lambda: not _answers(server), START_TIMEOUT_S)


def until(condition: Callable[[], bool], timeout_s: float) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def _answers(server: Server) -> bool:
    try:
        return httpx.get(f"{server.url}/health/live", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
