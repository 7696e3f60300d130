"""kill -9 of a real collector under load: what was answered 200 is in the landing zone, exactly once."""

import itertools
import json
import random
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import psutil
import pytest

from ingest_api.landing import Landing
from ingest_api.publisher import Publisher
from ingest_api.segments import closed_segments
from tests.support import RunningCollector, free_port, running_collector, stored_rows, wait_until

CLIENTS = 8


class Clients:
    """Threads that post one event after another and remember which ones were answered 200."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answered: set[str] = set()
        self.failed = 0
        self._numbers = itertools.count()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._post) for _ in range(CLIENTS)]

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(20)

    def _post(self) -> None:
        with httpx.Client(timeout=5) as client:
            while not self._stop.is_set():
                message_id = f"m-{next(self._numbers)}"
                body = json.dumps({"userId": "u", "messageId": message_id})
                try:
                    answer = client.post(f"{self.url}/v1/page", content=body, headers={"X-Write-Key": "demo"})
                except httpx.HTTPError:
                    self.failed += 1
                    self._stop.wait(0.02)
                    continue
                if answer.status_code == 200:
                    self.answered.add(message_id)

    def wait_for(self, more: int) -> None:
        """Wait until so many more were answered."""
        wanted = len(self.answered) + more
        wait_until(lambda: len(self.answered) >= wanted, timeout_s=20)


def _pids(collector: RunningCollector) -> list[int]:
    return [worker.pid for worker in collector.workers()]


def _published(data_dir: Path) -> Counter[object]:
    spool = data_dir / "spool"
    wait_until(lambda: len(closed_segments(spool)) == len(list(spool.glob("*.seg"))))
    publisher = Publisher(spool, Landing(data_dir))
    publisher.prepare()
    while publisher.publish_once():
        pass
    return Counter(row["message_id"] for row in stored_rows(data_dir))


@pytest.mark.slow
def test_kill_9_of_worker_and_main_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    port, dice = free_port(), random.Random(4)
    with Clients(f"http://127.0.0.1:{port}") as clients:
        for _ in range(4):
            with running_collector(tmp_path, port=port) as collector:
                clients.wait_for(100 + dice.randrange(200))
                (worker,) = collector.workers()
                worker.kill()  # once a life: Granian takes a second one within 5.5 s for a loop, and ends itself
                wait_until(lambda dead=worker.pid, c=collector: _pids(c) not in ([], [dead]))
                clients.wait_for(100 + dice.randrange(200))
                workers = collector.workers()
                collector.main.kill()
                gone, alive = psutil.wait_procs(workers, timeout=10)
                assert (len(gone), alive) == (1, [])

    published = _published(tmp_path / "data")
    assert len(clients.answered) >= 800
    assert clients.failed > 0
    assert clients.answered <= published.keys()
    assert set(published.values()) == {1}


@pytest.mark.slow
def test_sigterm_answers_what_it_took_and_seals(tmp_path: Path) -> None:
    port = free_port()
    with Clients(f"http://127.0.0.1:{port}") as clients, running_collector(tmp_path, port=port) as collector:
        clients.wait_for(200)
        started = time.monotonic()
        collector.main.terminate()
        collector.main.wait(10)
        took = time.monotonic() - started

    published = _published(tmp_path / "data")
    assert took < 6
    assert clients.answered <= published.keys()
    assert set(published.values()) == {1}
