"""SIGTERM amid traffic: what was taken is answered and sealed, and clients that come back lose nothing."""

import time
from collections import Counter
from pathlib import Path

import pytest

from ingest_api.landing import Landing
from ingest_api.publisher import Publisher
from ingest_api.segments import closed_segments
from tests.crash.retrying import RetryingClients
from tests.ports import free_port
from tests.support import running_collector, stored_rows, wait_until

pytestmark = pytest.mark.slow


def published(data_dir: Path) -> Counter[str]:
    """Publish what is closed, which is everything, and count the copies of each message."""
    spool = data_dir / "spool"
    assert len(closed_segments(spool)) == len(list(spool.glob("*.seg")))
    publisher = Publisher(spool, Landing(data_dir))
    publisher.prepare()
    while publisher.publish_once():
        pass
    return Counter(str(row["message_id"]) for row in stored_rows(data_dir))


@pytest.mark.parametrize("workers", [1, 2])
def test_restarts_behind_clients_that_come_back_lose_nothing(tmp_path: Path, workers: int) -> None:
    """As behind a load balancer: a connection that is refused or closed unanswered is tried again."""
    port = free_port()
    took = []
    slots = [tmp_path / "data" / "metrics" / f"{number}.json" for number in range(workers)]
    with RetryingClients(port, 8) as clients:
        for _ in range(4):
            for slot in slots:
                slot.unlink(missing_ok=True)
            with running_collector(tmp_path, port=port, workers=workers) as collector:
                wait_until(lambda: all(slot.exists() for slot in slots))  # every worker has been up for a second
                wanted = len(clients.acknowledged) + 150
                wait_until(lambda wanted=wanted: len(clients.acknowledged) >= wanted, timeout_s=60)
                started = time.monotonic()
                collector.main.terminate()
                collector.main.wait(10)
                took.append(time.monotonic() - started)

    copies = published(tmp_path / "data")
    assert clients.halves == []
    assert clients.acknowledged.keys() <= copies.keys()
    assert all(copies[name] <= clients.tries[name] for name in copies)
    assert clients.refused > 0
    assert max(took) < 6


def test_two_collectors_on_one_folder_are_fine(tmp_path: Path) -> None:
    with (
        running_collector(tmp_path) as one,
        running_collector(tmp_path, workers=2) as other,
        RetryingClients(int(one.url.rpartition(":")[2]), 4, prefix="one") as first,
        RetryingClients(int(other.url.rpartition(":")[2]), 4, prefix="other") as second,
    ):
        wait_until(lambda: min(len(first.acknowledged), len(second.acknowledged)) >= 150, timeout_s=60)
        one.main.terminate()
        one.main.wait(10)
        wanted = len(second.acknowledged) + 100
        wait_until(lambda: len(second.acknowledged) >= wanted, timeout_s=60)

    copies = published(tmp_path / "data")
    assert {*first.acknowledged, *second.acknowledged} <= copies.keys()
    assert all(copies[name] <= (first.tries + second.tries)[name] for name in copies)
    assert second.unanswered == 0
