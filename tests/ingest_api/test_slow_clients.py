"""Slow loris, against the collector as it is run: the others are answered meanwhile, in bounded memory."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from ingest_api.schema import Event, Rejected
from ingest_api.waiting import spooled
from tests.support import RunningCollector, running_collector

SLOW = 200
MAX_WORKER_MB = 120
KEY = b"Host: x\r\nX-Write-Key: demo\r\n"
DRIPS: dict[str, bytes] = {
    "headers": b"POST /v1/page HTTP/1.1\r\n" + KEY + b"X-A: ",
    "large_headers": b"POST /v1/page HTTP/1.1\r\n" + KEY + b"X-A: " + b"a" * 50_000,
    "small_body": b"POST /v1/page HTTP/1.1\r\n" + KEY + b"Content-Length: 9000\r\n\r\n{",
    "large_body": b"POST /v1/page HTTP/1.1\r\n" + KEY + b"Content-Length: 500000\r\n\r\n" + b" " * 400_000,
    "chunks": b"POST /v1/page HTTP/1.1\r\n" + KEY + b"Transfer-Encoding: chunked\r\n\r\n1000\r\n{",
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningCollector]:
    with running_collector(tmp_path) as running:
        yield running


class Stored(NamedTuple):
    """What lies in the spool: nobody publishes here."""

    accepted: set[str | None]
    rejected: int


def stored(server: RunningCollector) -> Stored:
    """Read the spool."""
    rows = [record.row for record in spooled(server.data_dir / "spool")]
    accepted = {row.message_id for row in rows if isinstance(row, Event)}
    return Stored(accepted, sum(isinstance(row, Rejected) for row in rows))


class Crowd:
    """Clients that begin a request and then send a byte at a time."""

    def __init__(self, url: str, begin: bytes) -> None:
        host, port = url.removeprefix("http://").split(":")
        self._sockets = [socket.create_connection((host, int(port)), timeout=60) for _ in range(SLOW)]
        for connection in self._sockets:
            connection.setblocking(False)
        self._each(begin)

    def drip(self) -> None:
        """Send one more byte each."""
        self._each(b"1")

    def close(self) -> None:
        """Hang up."""
        for connection in self._sockets:
            connection.close()

    def _each(self, data: bytes) -> None:
        for connection in self._sockets:
            try:
                connection.send(data)
            except OSError:
                continue  # cut off, or the server does not take more for now


@pytest.mark.slow
@pytest.mark.parametrize("begin", DRIPS.values(), ids=DRIPS.keys())
def test_others_are_answered_while_200_clients_drip(server: RunningCollector, begin: bytes) -> None:
    (worker,) = server.workers()
    before = stored(server)
    crowd = Crowd(server.url, begin)

    answered, largest_bytes = [], 0
    with httpx.Client(base_url=server.url, headers={"X-Write-Key": "demo"}, timeout=60) as client:
        for number in range(200):
            crowd.drip()
            body = b'{"userId":"u","event":"e","messageId":"%s-%d"}' % (begin[-9:].strip().hex().encode(), number)
            answered.append(client.post("/v1/track", content=body).status_code)
            largest_bytes = max(largest_bytes, worker.memory_info().rss)
    after = stored(server)
    crowd.close()

    assert answered == [200] * 200
    assert (len(after.accepted - before.accepted), after.rejected - before.rejected) == (200, 0)
    assert largest_bytes < MAX_WORKER_MB * 1_000_000


@pytest.mark.slow
def test_slow_body_ends_without_an_answer(server: RunningCollector) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as slow:
        slow.sendall(DRIPS["small_body"])
        assert slow.recv(1000) == b""  # no answer: an SDK sends again

    assert httpx.get(f"{server.url}/health/live").status_code == 200
