"""``tracking up`` as a person runs it: a process, a terminal, its children; everything found by looking at them."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import psutil

from ingest_api.settings import Settings
from tests.support import wait_until
from tests.tracking_pipeline.operations.settings import make_settings

TRACKING = Path(sys.executable).parent / "tracking"
START_LIMIT_S = 120.0
STOP_LIMIT_S = 60.0
LAST_LINES = 25
MARKS = {  # part → words in its command line
    "collector": ("granian", "ingest_api.app"),
    "standin": ("granian", "tracking_pipeline.standin"),
    "publisher": ("operations.publisher",),
    "code": ("dagster", "api", "grpc"),
    "daemon": ("dagster._daemon",),
    "webserver": ("operations.webserver",),
    "run": ("multiprocessing.spawn",),  # the processes in which Dagster runs jobs
}


class Stack:
    """One ``tracking up`` on a data folder of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.settings: Settings = make_settings(data_dir)
        self.output = data_dir.parent / f"{data_dir.name}.out"
        self.process: psutil.Process | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What another terminal would export."""
        settings = self.settings
        return {
            **os.environ,
            "TRACKING_DATA_DIR": str(settings.data_dir),
            "TRACKING_PORT": str(settings.port),
            "TRACKING_DAGSTER_PORT": str(settings.dagster_port),
            "TRACKING_STANDIN_PORT": str(settings.standin_port),
        }

    def start(self, *, until: str = "Complete after") -> None:
        """Start and wait until it has printed ``until``."""
        with self.output.open("w") as output:
            self.process = psutil.Popen(
                [TRACKING, "up"],
                cwd=self.output.parent,
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until(lambda: until in self.output.read_text(), START_LIMIT_S, f"{until!r} printed")

    def parts(self, part: str) -> list[psutil.Process]:
        """Return the processes of a part, the first one first."""
        assert self.process is not None
        found = [child for child in self.process.children(recursive=True) if _is_part(child, part)]
        return sorted(found, key=psutil.Process.create_time)  # not by pid: those wrap

    def everything(self) -> list[psutil.Process]:
        """Return the supervisor and all its descendants."""
        assert self.process is not None
        return [self.process, *self.process.children(recursive=True)]

    def post(self, event: str) -> int:
        """Post one event; return the status, 0 when nobody answers."""
        request = urllib.request.Request(f"{self.settings.collector_url}/v1/track")
        request.data = json.dumps({"userId": "u", "event": event, "messageId": event}).encode()
        request.add_header("Authorization", f"Basic {b64encode(b'demo:').decode()}")
        return _status(request)

    def ui_answers(self) -> bool:
        """Tell whether the Dagster UI answers."""
        return _status(urllib.request.Request(f"{self.settings.dagster_url}/server_info")) == 200

    def last_words(self) -> Iterator[tuple[str, str]]:
        """Yield the end of each log, and what ``tracking status`` says."""
        for log in sorted(self.settings.logs_dir.glob("*.log")):
            yield log.name, "\n".join(log.read_text(errors="replace").splitlines()[-LAST_LINES:])
        with contextlib.suppress(subprocess.TimeoutExpired):
            yield "status", run(self, "status").stdout

    def end(self) -> None:
        """Kill what is left; the processes are our own."""
        if self.process is None or not self.process.is_running():
            return
        left = self.everything()
        self.process.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(left, timeout=STOP_LIMIT_S)
        for child in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()


def run(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run another ``tracking`` command beside the stack."""
    return subprocess.run(
        [TRACKING, *arguments], env=stack.environment, capture_output=True, text=True, timeout=60, check=False
    )


def _is_part(process: psutil.Process, part: str) -> bool:
    try:
        line = " ".join(process.cmdline())
    except psutil.Error:
        return False
    return all(word in line for word in MARKS[part])


def _status(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return int(response.status)
    except OSError:
        return 0
