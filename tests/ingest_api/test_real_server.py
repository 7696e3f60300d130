"""What only the real server shows: chunked bodies, limits on the wire, memory, group commit under load."""

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ingest_api.landing import Landing
from ingest_api.publisher import Publisher
from ingest_api.segments import closed_segments
from tests.support import RunningCollector, running_collector, stored_rows, wait_until

KEY = {"X-Write-Key": "demo"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    with running_collector(tmp_path_factory.mktemp("server")) as running:
        yield running


def _call(message_id: str, **more: object) -> bytes:
    return json.dumps({"type": "page", "userId": "u", "messageId": message_id, **more}).encode()


def _published(server: RunningCollector) -> list[object]:
    """Wait until every segment is closed, publish, and return the message ids."""
    spool = server.data_dir / "spool"
    wait_until(lambda: len(closed_segments(spool)) == len(list(spool.glob("*.seg"))))
    publisher = Publisher(spool, Landing(server.data_dir))
    publisher.prepare()
    publisher.publish_once()
    return [row["message_id"] for row in stored_rows(server.data_dir)]


def _raw(server: RunningCollector, request: bytes) -> tuple[int, dict[str, object]]:
    """Send bytes as they are; return status and JSON."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(request)
        answer = b""
        while more := connection.recv(65536):
            answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def test_chunked_body_without_content_length_is_read(server: RunningCollector) -> None:
    body = gzip.compress(_call("chunked"))
    head = b"POST /v1/page HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Write-Key: demo\r\nContent-Encoding: gzip\r\n"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:30], body[30:]))

    status, answer = _raw(server, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")

    assert (status, answer) == (200, {"success": True, "accepted": 1, "rejected": 0})
    assert "chunked" in _published(server)


def test_chunked_body_over_the_limit_is_413(server: RunningCollector) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(60):
            yield b" " * 10_000

    answer = httpx.post(f"{server.url}/v1/page", content=parts(), headers=KEY)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_announced_body_over_the_limit_is_413(server: RunningCollector) -> None:
    answer = httpx.post(f"{server.url}/v1/page", content=b" " * 600_000, headers=KEY)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_gzip_with_a_forms_content_type_is_read(server: RunningCollector) -> None:
    headers = {**KEY, "Content-Encoding": "gzip", "Content-Type": "application/x-www-form-urlencoded"}
    batch = b'{"batch":[%s,%s]}' % (_call("form-1"), _call("form-2", properties={"n": 9223372036854775808}))

    answer = httpx.post(f"{server.url}/v1/batch", content=gzip.compress(batch), headers=headers)

    assert answer.json() == {"success": True, "accepted": 2, "rejected": 0}
    assert {"form-1", "form-2"} <= set(_published(server))


def test_what_is_no_http_of_ours_is_answered_in_json(server: RunningCollector) -> None:
    answers = [httpx.get(f"{server.url}/nowhere"), httpx.put(f"{server.url}/v1/batch"), httpx.post(server.url)]

    assert [answer.status_code for answer in answers] == [404, 405, 404]
    assert {answer.headers["content-type"] for answer in answers} == {"application/json"}
    assert [sorted(answer.json()) for answer in answers] == [
        ["accepted", "code", "message", "rejected", "retry", "success"]
    ] * 3


def test_broken_upload_is_not_stored_and_breaks_nothing(server: RunningCollector) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"POST /v1/page HTTP/1.1\r\nHost: x\r\nX-Write-Key: demo\r\nContent-Length: 900\r\n\r\n{")

    answer = httpx.post(f"{server.url}/v1/page", content=_call("after"), headers=KEY)

    assert answer.status_code == 200
    assert "after" in _published(server)


def test_parallel_requests_are_each_stored_once(server: RunningCollector) -> None:
    def post(worker: int) -> None:
        with httpx.Client() as client:
            for number in range(25):
                body = _call(f"parallel-{worker}-{number}")
                assert client.post(f"{server.url}/v1/page", content=body, headers=KEY).status_code == 200

    threads = [threading.Thread(target=post, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    ids = [message_id for message_id in _published(server) if str(message_id).startswith("parallel-")]
    assert sorted(map(str, ids)) == sorted(f"parallel-{worker}-{number}" for worker in range(8) for number in range(25))


def test_files_of_the_server_are_private(server: RunningCollector) -> None:
    httpx.post(f"{server.url}/v1/page", content=_call("private"), headers=KEY)

    modes = {path.stat().st_mode & 0o077 for path in Path(server.data_dir).rglob("*")}

    assert modes == {0}
