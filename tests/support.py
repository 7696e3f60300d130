"""What tests of all parts share: free ports, waiting, a real collector under Granian, reading what it stored."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pyarrow.parquet as pq

from ingest_api.settings import Settings
from tests.ports import free_port
from tracking_pipeline.operations import parts

POLL_S = 0.02
START_TIMEOUT_S = 60.0


def wait_until(predicate: Callable[[], object], timeout_s: float = 60.0, what: str = "") -> None:
    """Return as soon as the predicate is true; TimeoutError saying ``what`` was waited for when it stays false."""
    deadline = time.monotonic() + timeout_s
    while not predicate():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout_s} s: {what or predicate}")
        time.sleep(POLL_S)


def settings_in(data_dir: Path, **values: object) -> Settings:
    """Settings for a test's folder: nothing from this machine's environment, no disk reserve, quick sealing."""
    return Settings(_env_file=None, **{"data_dir": data_dir, "reserve_mb": 0, "seal_after_s": 0.1, **values})


def environment(data_dir: Path, **variables: object) -> dict[str, str]:
    """The environment of a process under test: this one's without our settings, plus the given ones."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith(("TRACKING_", "GA4_", "GA_", "DAGSTER_"))}
    ours = {"TRACKING_DATA_DIR": data_dir, "TRACKING_RESERVE_MB": 0, "TRACKING_SEAL_AFTER_S": 0.1}
    return {**mine, **{name: str(value) for name, value in {**ours, **variables}.items()}}


@dataclass(frozen=True)
class RunningCollector:
    """A collector's processes: Granian's main and its worker."""

    url: str
    data_dir: Path
    main: psutil.Process

    def workers(self) -> list[psutil.Process]:
        """Processes that answer requests, those still dying not counted."""
        children = [child for child in self.main.children() if child.status() != psutil.STATUS_ZOMBIE]
        return [child for child in children if "resource_tracker" not in " ".join(child.cmdline())]

    def is_ready(self) -> bool:
        """Tell whether an event would be stored now."""
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=1).status_code == 200
        except httpx.HTTPError:
            return False


@contextlib.contextmanager
def running_collector(
    tmp_path: Path, *, port: int | None = None, workers: int = 1, **env: object
) -> Iterator[RunningCollector]:
    """Run a real collector on ``tmp_path / "data"`` until the block ends. ``env`` are environment variables."""
    port = port or free_port()
    data_dir = tmp_path / "data"
    command = parts.collector(settings_in(data_dir, port=port, workers=workers)).command
    with (tmp_path / "collector.log").open("ab") as log:
        process = subprocess.Popen(
            command, env=environment(data_dir, **env), cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT
        )
    collector = RunningCollector(f"http://127.0.0.1:{port}", data_dir, psutil.Process(process.pid))
    try:
        _wait_ready(collector, process, tmp_path / "collector.log")
        yield collector
    finally:
        _end(process)


def _wait_ready(collector: RunningCollector, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for the first answer; what the collector logged is in the error when it never comes."""
    try:
        wait_until(lambda: collector.is_ready() or process.poll() is not None, START_TIMEOUT_S, "a ready collector")
    except TimeoutError as error:
        raise TimeoutError(f"{error}; its log ends: {log.read_text()[-4000:]}") from error
    if process.poll() is not None:
        raise RuntimeError(f"the collector ended with {process.returncode}; its log ends: {log.read_text()[-4000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with its children, the stubborn ones too."""
    children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in psutil.wait_procs(children, timeout=60)[1]:
        child.kill()


def stored_rows(landing: Path, kind: str = "events") -> list[dict[str, object]]:
    """Read every row of a landing zone's part files of one kind, in the order of their paths."""
    rows: list[dict[str, object]] = []
    for path in sorted((landing / kind).glob("date=*/hour=*/*.parquet")):
        rows += pq.ParquetFile(path).read().to_pylist()
    return rows


def part_bytes(landing: Path) -> dict[str, bytes]:
    """Read every part file's bytes by its path in the landing zone: equal means the same files."""
    return {
        str(path.relative_to(landing)): path.read_bytes()
        for kind in ("events", "rejected")
        for path in sorted((landing / kind).glob("date=*/hour=*/*"))
    }
