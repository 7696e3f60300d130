"""The publisher is down for longer than the spool's limit allows: 503 and not ready, until it has made room."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from ingest_api.landing import Landing
from ingest_api.publisher import Publisher
from tests.support import running_collector, stored_rows, wait_until

BATCH = 10
BYTES = 20_000


def first(status: int, ask: Callable[[], httpx.Response]) -> httpx.Response:
    """Ask until the answer has this status: of two workers, each measures the spool for itself."""
    answers: list[httpx.Response] = []

    def is_answered() -> bool:
        answers.append(ask())
        return answers[-1].status_code == status

    wait_until(is_answered)
    return answers[-1]


@pytest.mark.slow
def test_a_publisher_that_is_down_fills_the_spool_and_its_return_empties_it(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    with running_collector(tmp_path, workers=2, TRACKING_SPOOL_LIMIT_MB=1) as collector:

        def post() -> httpx.Response:
            ids = [str(len(acknowledged) + number) for number in range(BATCH)]
            calls = [
                {"type": "page", "userId": "u", "messageId": name, "properties": {"x": "y" * BYTES}} for name in ids
            ]
            answer = httpx.post(
                f"{collector.url}/v1/batch", content=json.dumps({"batch": calls}), headers={"X-Write-Key": "demo"}
            )
            acknowledged.extend(ids if answer.status_code == 200 else [])
            return answer

        def ready() -> httpx.Response:
            return httpx.get(f"{collector.url}/health/ready")

        refused, not_ready = first(503, post), first(503, ready)
        metrics = httpx.get(f"{collector.url}/metrics").text
        publisher = Publisher(tmp_path / "data" / "spool", Landing(tmp_path / "data"))
        publisher.prepare()
        while publisher.publish_once():
            pass
        wait_until(lambda: post().status_code == 200)
        wait_until(collector.is_ready)

    while publisher.publish_once():
        pass
    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (503, "storage_full", "30")
    assert (not_ready.status_code, not_ready.json()["code"]) == (503, "storage_full")
    assert "the publisher does not keep up" in not_ready.json()["message"]
    waiting = [float(line.split()[1]) for line in metrics.splitlines() if line.startswith("tracking_spool_bytes ")]
    assert waiting[0] >= 1_000_000
    stored = [str(row["message_id"]) for row in stored_rows(tmp_path / "data")]
    assert sorted(stored) == sorted(acknowledged)
