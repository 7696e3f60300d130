"""Rates: so many at once, as many again in each period, never more; and bounded memory, whoever asks."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_api.limits import GENERATION, Limiter, Rate, parse_rate
from tests.ingest_api.conftest import Tracker, make_tracker

CALL = '{"userId":"u"%s}'


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("off", None),
        (" OFF ", None),
        ("100/s", Rate(100, 1)),
        ("5 / sec", Rate(5, 1)),
        ("6000/m", Rate(6000, 60)),
        ("6000/min", Rate(6000, 60)),
        ("10/h", Rate(10, 3600)),
    ],
)
def test_rate_is_read(text: str, rate: Rate | None) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "100", "0/s", "-1/s", "1.5/s", "100/d", "100/s/s", "on", "100/hec"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no rate"):
        parse_rate(text)


def test_burst_then_refill() -> None:
    clock = Clock()
    limiter = Limiter(clock=clock)

    def taken(tries: int) -> int:
        return sum(limiter.wait_s("a", Rate(10, 1)) == 0 for _ in range(tries))

    assert taken(20) == 10
    clock.now += 0.35
    assert taken(20) == 3
    clock.now += 60
    assert taken(20) == 10


def test_waiting_as_long_as_told_is_enough() -> None:
    clock = Clock()
    limiter = Limiter(clock=clock)
    assert limiter.wait_s("a", Rate(2, 3600)) == limiter.wait_s("a", Rate(2, 3600)) == 0

    wait_s = limiter.wait_s("a", Rate(2, 3600))

    assert wait_s == 1800
    clock.now += wait_s
    assert limiter.wait_s("a", Rate(2, 3600)) == 0


@given(st.integers(1, 50), st.sampled_from([1, 60, 3600]), st.integers(1, 4), st.lists(st.floats(0, 3), max_size=200))
def test_never_more_than_the_rate(requests: int, period_s: int, workers: int, pauses: list[float]) -> None:
    clock, rate = Clock(), Rate(requests, period_s)
    limiters = [Limiter(workers, clock) for _ in range(workers)]
    taken: list[float] = []

    for number, pause in enumerate(pauses):
        clock.now += pause
        if limiters[number % workers].wait_s("a", rate) == 0:
            taken.append(clock.now)

    at_once = max(requests, workers)  # each worker grants at least one
    for start in taken:
        within = sum(start <= moment <= start + period_s for moment in taken)
        assert within <= 2 * at_once + workers


def test_each_worker_grants_its_share() -> None:
    workers = [Limiter(4, Clock()) for _ in range(4)]

    taken = sum(worker.wait_s("a", Rate(100, 1)) == 0 for worker in workers for _ in range(100))

    assert taken == 100


def test_buckets_are_apart() -> None:
    limiter = Limiter(clock=Clock())

    assert [limiter.wait_s(bucket, Rate(1, 60)) for bucket in ("a", "b", "a")] == [0, 0, 60]


def test_memory_is_bounded_and_who_keeps_asking_is_not_forgotten() -> None:
    limiter, rate = Limiter(clock=Clock()), Rate(1, 3600)
    assert limiter.wait_s("busy", rate) == 0

    for number in range(5 * GENERATION):
        limiter.wait_s(f"stranger {number}", rate)
        if number % 1000 == 0:
            assert limiter.wait_s("busy", rate) > 0
    assert len(limiter) <= 2 * GENERATION


def _codes(tracker: Tracker, count: int, body: str = CALL % "", **headers: str) -> list[int]:
    return [tracker.post("/v1/page", body, **headers).status_code for _ in range(count)]


def test_client_over_its_rate_is_429_and_told_when_to_come_back(tmp_path: Path) -> None:
    tracker = make_tracker(tmp_path / "data", rate_limit="2/h")

    statuses = _codes(tracker, 2)
    answer = tracker.post("/v1/page", CALL % "", Origin="https://a.example")

    body: dict[str, Any] = answer.json
    assert statuses == [200, 200]
    assert (answer.status_code, body["code"], body["retry"], body["accepted"]) == (429, "rate_limited", True, 0)
    assert 1790 < int(answer.headers["Retry-After"]) <= 1800
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"
    assert answer.headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert len(tracker.stored()[0]) == 2
    assert tracker.client.get("/health/live").status_code == 200


KEYS: dict[str, tuple[str, dict[str, str]]] = {
    "key_in_the_body": (CALL % ',"writeKey":"demo"', {"X_Write_Key": ""}),
    "no_key": (CALL % "", {"X_Write_Key": "other"}),
    "no_key_and_unreadable": ("[" * 70_000, {"X_Write_Key": ""}),
}


@pytest.mark.parametrize(("body", "headers"), KEYS.values(), ids=KEYS.keys())
def test_every_post_counts_wherever_its_key_is(tmp_path: Path, body: str, headers: dict[str, str]) -> None:
    tracker = make_tracker(tmp_path / "data", rate_limit="3/h")
    path = "/v1/batch" if body.startswith("[") else "/v1/page"

    statuses = [tracker.post(path, body, **headers).status_code for _ in range(5)]

    assert 429 not in statuses[:3]
    assert statuses[3:] == [429, 429]


def test_clients_behind_a_proxy_are_told_apart(tmp_path: Path) -> None:
    tracker = make_tracker(tmp_path / "data", rate_limit="1/h", trusted_proxies="127.0.0.1")
    visitors = ["203.0.113.7", "203.0.113.8", "2001:db8::1", "2001:db8::2"]

    statuses = [tracker.post("/v1/page", CALL % "", X_Forwarded_For=ip).status_code for ip in visitors]

    assert statuses == [200, 200, 200, 429]


SOURCES = """
[sources.web]
keys = ["w1", "w2"]
key_rate_limit = "3/h"

[sources.backend]
keys = ["b"]
rate_limit = "off"
"""


def test_source_overrides_and_its_keys_share_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(SOURCES)
    tracker = make_tracker(tmp_path / "data", sources_file=file, rate_limit="5/h")

    web = [code for key in ("w1", "w2") for code in _codes(tracker, 2, X_Write_Key=key)]
    backend = _codes(tracker, 20, X_Write_Key="b")

    assert web == [200, 200, 200, 429]
    assert set(backend) == {200}
