"""A collector and a publisher under load: killed at random, and started again as a supervisor would."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from ingest_api.landing import Landing
from ingest_api.settings import Settings
from tests.crash.retrying import RetryingClients
from tests.ports import free_port
from tests.support import environment, settings_in, stored_rows, wait_until
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.schema import make_lake
from tracking_pipeline.operations import parts

VICTIMS = ("worker", "main", "publisher", "all")
CLIENTS = 6
PAUSE_S = 0.02  # between an answer and the next event: the machine is for restarts, not for load
MAX_ACKNOWLEDGED_BETWEEN = 60
WAIT_S = 120
STOP_S = 60


@dataclass
class Found:
    """What a rig's landing zone and lake hold in the end."""

    copies: Counter[str]
    in_lake: Counter[str]


@dataclass
class Rig:
    """One data folder with its processes. ``kills``: when, and who."""

    folder: Path
    dice: random.Random
    kills: list[tuple[float, str]] = field(default_factory=list)
    plans_cut: int = 0

    def __post_init__(self) -> None:
        self.port = free_port()
        self.settings: Settings = settings_in(self.folder / "data", port=self.port)
        self.clients = RetryingClients(self.port, CLIENTS, pause_s=PAUSE_S)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def kill_one(self) -> None:
        """Wait for a random number of answers, then kill a random victim at a random moment."""
        self._start_what_is_down()
        wanted = len(self.clients.acknowledged) + self.dice.randrange(MAX_ACKNOWLEDGED_BETWEEN)
        self._wait(lambda: len(self.clients.acknowledged) >= wanted)
        victim = self.dice.choice(VICTIMS)
        if victim in ("publisher", "all") and self.dice.random() < 0.5:
            self._wait(self._plan.exists)  # half of them within a publication
        time.sleep(self.dice.random() * 0.02)  # the random moment itself, not a wait for something
        self._kill(victim)

    def end(self) -> Found:
        """Stop the clients, publish the rest, load everything; return what is there."""
        self.clients.__exit__()
        self._start_what_is_down()
        spool = self.settings.spool_dir
        self._wait(lambda: not any(spool.glob("*.seg")) and not self._plan.exists())
        for process in self._running.values():
            _stop(process)
        copies = Counter(str(row["message_id"]) for row in stored_rows(self.settings.landing_dir))
        return Found(copies, _in_lake(self.settings))

    @property
    def _plan(self) -> Path:
        return self.settings.spool_dir / "plan.json"

    def _start_what_is_down(self) -> None:
        for part in (parts.collector(self.settings), parts.publisher()):
            process = self._running.get(part.name)
            if process is None or process.poll() is not None:
                with (self.folder / "log").open("ab") as log:
                    env = environment(self.settings.data_dir, TRACKING_PORT=self.port)
                    self._running[part.name] = subprocess.Popen(part.command, env=env, stdout=log, stderr=log)

    def _wait(self, predicate: Callable[[], object]) -> None:
        """Wait, and meanwhile do a supervisor's work."""

        def holds() -> bool:
            self._start_what_is_down()
            return bool(predicate())

        wait_until(holds, timeout_s=WAIT_S)

    def _kill(self, victim: str) -> None:
        main, publisher = self._running["collector"], self._running["publisher"]
        workers = psutil.Process(main.pid).children() if main.poll() is None else []
        self.kills.append((time.monotonic(), victim))
        if victim in ("main", "all"):
            main.kill()
        if victim in ("worker", "all"):
            for worker in workers:
                worker.kill()
        if victim in ("publisher", "all"):
            os.kill(publisher.pid, signal.SIGKILL)
            publisher.wait()
            self.plans_cut += self._plan.exists()
        if victim in ("main", "all"):
            main.wait()
            _, alive = psutil.wait_procs(workers, timeout=60)  # the kernel ends them with their parent
            for worker in alive:
                raise AssertionError(f"worker {worker.pid} outlived its server")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a part as the supervisor does: Granian 2.8.7 may lose a SIGTERM that comes while a worker is replaced."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _in_lake(settings: Settings) -> Counter[str]:
    make_lake(settings)
    landing = Landing(settings.landing_dir)
    store = Store(attach.connect(settings), settings, landing)
    load_hours(store, sorted(landing.hours()))
    rows = store.connection.execute("select message_id, count(*) from events group by 1").fetchall()
    store.connection.close()
    return Counter(dict(rows))
