"""The stand-in behind a real server and a real socket: what a sender meets when things go wrong."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.tracking_pipeline.standin.conftest import QUERY, Server, body, event, serve, until
from tracking_pipeline.delivery.outcomes import Outcome
from tracking_pipeline.delivery.transport import open_http, post


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("standin") / "data") as server:
        yield server


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    yield running
    httpx.delete(f"{running.url}/test/faults", timeout=60)


def send(server: Server, name: str, timeout_s: float = 5) -> httpx.Response:
    return httpx.post(server.collect, json=body(event(name)), timeout=timeout_s)


def test_answers_204_without_a_body(server: Server) -> None:
    answer = send(server, "plain")

    assert (answer.status_code, answer.content) == (204, b"")
    assert server.stored()[0] == "plain"


def test_reads_a_body_that_comes_in_pieces(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"client_id": "1.2", "events": '
        yield b'[{"name": "in_pieces", "params": {"long": "'
        yield b"x" * 100_000
        yield b'"}}]}'

    answer = httpx.post(server.collect, content=pieces(), timeout=60)

    assert answer.status_code == 204
    assert server.stored()[0] == "in_pieces"


def test_answers_204_to_a_body_of_5_megabytes(server: Server) -> None:
    answer = httpx.post(server.collect, content=b"x" * 5_000_000, timeout=60)

    assert answer.status_code == 204
    newest = httpx.get(f"{server.url}/problems.json?limit=1", timeout=60).json()
    assert "130000 bytes or more" in newest[0]["problems"][0]


def test_status_fault_refuses_the_next_n_posts_and_stores_nothing(server: Server) -> None:
    server.order(mode="status", status=429, retry_after=7, count=2)

    answers = [send(server, f"refused_{n}") for n in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 204]
    assert [answer.headers.get("Retry-After") for answer in answers] == ["7", "7", None]
    assert [name for name in server.stored() if name.startswith("refused")] == ["refused_2"]


def test_faults_queue_up_and_spare_the_other_routes(server: Server) -> None:
    server.order(mode="status", status=500)
    server.order(mode="status", status=302)

    debug = httpx.post(f"{server.url}/debug/mp/collect{QUERY}", json=body(), timeout=60)
    answers = [send(server, "queued").status_code for _ in range(3)]

    assert debug.status_code == 200
    assert answers == [500, 302, 204]


@pytest.mark.parametrize(("mode", "there"), [("stall_after_store", True), ("stall_before_store", False)])
def test_stall_outlasts_the_sender(server: Server, mode: str, there: bool) -> None:
    server.order(mode=mode, seconds=1)

    with pytest.raises(httpx.ReadTimeout):
        send(server, mode, timeout_s=0.3)

    assert (mode in server.stored()) is there
    assert send(server, f"after_{mode}").status_code == 204


@pytest.mark.parametrize(
    ("mode", "status"), [("stall_after_store", 204), ("stall_before_store", 503)], ids=["after", "before"]
)
def test_stall_answers_a_patient_sender(server: Server, mode: str, status: int) -> None:
    server.order(mode=mode, seconds=0.1)

    assert send(server, f"patient_{status}").status_code == status
    assert (f"patient_{status}" in server.stored()) is (status == 204)


@pytest.mark.parametrize(("mode", "there"), [("close_after_store", True), ("close_before_store", False)])
def test_close_breaks_the_connection_instead_of_an_answer(server: Server, mode: str, there: bool) -> None:
    server.order(mode=mode, count=3)
    names = [f"{mode}_{n}" for n in range(3)]

    with open_http(1) as client:
        ends = [outcome_of(client, server, json.dumps(body(event(name))).encode()) for name in [*names, "next"]]

    assert [end.state for end in ends] == ["uncertain"] * 3 + ["sent"]
    assert {end.reason for end in ends[:3]} <= {"RemoteProtocolError", "ReadError"}

    assert [name for name in names if name in server.stored()] == (names if there else [])


def outcome_of(http: httpx.Client, server: Server, content: bytes) -> Outcome:
    """Send as every destination does, and judge what came of it."""
    return post(http, httpx.Request("POST", server.collect, content=content))


@pytest.mark.slow
def test_a_reset_in_mid_body_is_an_unknown_outcome_and_stores_nothing(server: Server) -> None:
    server.order(mode="reset_in_body")
    large = json.dumps(body(event("cut", long="x" * 8_000_000))).encode()  # more than the buffers between hold
    with open_http(1) as http:
        cut = outcome_of(http, server, large)
        after = outcome_of(http, server, json.dumps(body(event("after_reset"))).encode())

    assert (cut.state, cut.http_status) == ("uncertain", None)
    assert cut.reason in ("ReadError", "WriteError", "RemoteProtocolError")
    assert after == Outcome("sent", 204)
    assert server.stored()[0] == "after_reset"


def is_answered(server: Server) -> bool:
    try:
        return httpx.get(f"{server.url}/health/live", timeout=60).is_success
    except httpx.TransportError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "reset in silence"])
def test_a_kept_alive_connection_that_ends_between_requests_costs_nothing(server: Server, is_announced: bool) -> None:
    names = [f"kept_{n}_{is_announced}" for n in range(3 if is_announced else 12)]  # no reset may leave a file open
    if is_announced:
        server.order(mode="end_keep_alive", count=3)
    with open_http(1) as http:
        for name in names:
            assert outcome_of(http, server, json.dumps(body(event(name))).encode()) == Outcome("sent", 204)
            if not is_announced:
                with pytest.raises(httpx.TransportError):
                    httpx.post(f"{server.url}/test/reset", timeout=60)
                until(lambda: is_answered(server), 60)  # the idle connection is reset a moment before or after

    assert [name for name in reversed(server.stored()) if name in names] == names


@pytest.mark.slow
def test_a_skewed_clock_judges_by_its_own_time(server: Server) -> None:
    sent_us = time.time_ns() // 1000
    for number, skew_s in enumerate((-3600.0, 80 * 3600.0)):
        server.order(mode="clock_skew", skew_s=skew_s)
        dated = {**event(f"skewed_{number}"), "timestamp_micros": sent_us}
        assert httpx.post(server.collect, json=body(dated), timeout=60).status_code == 204

    late, early = httpx.get(f"{server.url}/events.json?limit=2", timeout=60).json()
    assert "in the future" in early["problems"][0]
    assert early["timestamp_micros"] == sent_us
    assert "too far in the past" in late["problems"][0]
    assert late["timestamp_micros"] - sent_us > 7 * 3600 * 1_000_000  # moved to 72 h before its clock


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"mode": "explode"},
        {"mode": "status", "count": 0},
        {"mode": "stall_after_store", "seconds": 1e9},
        {"mod": 1},
    ],
    ids=["empty", "mode", "count", "seconds", "field"],
)
def test_bad_order_is_refused_and_changes_nothing(server: Server, order: dict[str, Any]) -> None:
    answer = httpx.post(f"{server.url}/test/faults", json=order, timeout=60)

    assert answer.status_code == 400
    assert httpx.get(f"{server.url}/test/faults", timeout=60).json() == {"waiting": []}


def test_log_holds_neither_secret_nor_payload(server: Server) -> None:
    server.order(mode="close_after_store")
    with pytest.raises(httpx.TransportError):
        send(server, "unlogged_name")

    until(lambda: "fault on demand" in server.log.read_text(), 5)

    log = server.log.read_text()
    assert "s3cret-value" not in log
    assert "unlogged_name" not in log


def test_kill_of_the_server_ends_its_worker_and_loses_nothing(tmp_path: Path) -> None:
    with serve(tmp_path / "data", faults=False) as server:
        assert httpx.post(f"{server.url}/test/faults", json={"mode": "status"}, timeout=60).status_code == 404
        assert send(server, "survivor").status_code == 204
    # ``serve`` killed the server with SIGKILL and saw that nothing answers any more

    with serve(tmp_path / "data") as again:
        assert again.stored() == ["survivor"]
