"""The write key is found in every place that SDKs put it; what is stored is its source's name."""

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.ingest_api.conftest import Tracker, make_tracker

CALL = '{"type":"page","userId":"u"%s}'


def _basic(user: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:".encode()).decode()}


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    return make_tracker(tmp_path / "data", write_keys="web:k1,app:k2, app:k3 ,bare")


PLACES: dict[str, tuple[str, str, dict[str, str], str]] = {
    "basic_user": ("/v1/page", CALL % "", _basic("k1"), "web"),
    "bearer": ("/v1/page", CALL % "", {"Authorization": "Bearer k2"}, "app"),
    "x_write_key": ("/v1/page", CALL % "", {"X-Write-Key": "k3"}, "app"),
    "x_write_key_with_secret": ("/v1/page", CALL % "", {"X-Write-Key": "k1:secret"}, "web"),
    "query": ("/v1/page?writeKey=k2", CALL % "", {}, "app"),
    "body_of_a_call": ("/v1/page", CALL % ',"writeKey":"bare"', {}, "default"),
    "body_of_a_damaged_call": ("/v1/page", CALL % r',"writeKey":"k1","name":"\ud83d"', {}, "web"),
    "envelope": ("/v1/batch", '{"writeKey":"k1","batch":[%s]}' % (CALL % ""), {}, "web"),
    "envelope_that_no_parser_accepts": (
        "/v1/batch",
        '{"x":NaN,"writeKey":"k1","batch":[%s]}' % (CALL % ""),
        {},
        "web",
    ),
    "a_later_event_of_the_batch": (
        "/v1/batch",
        '{{"batch":[{},{}]}}'.format(CALL % "", CALL % ',"writeKey":"k2"'),
        {},
        "app",
    ),
    "a_damaged_event_of_the_batch": (
        "/v1/batch",
        '{{"batch":[{},{}]}}'.format(CALL % "", CALL % ',"writeKey":"k2","properties":{"a":NaN}'),
        {},
        "app",
    ),
    "body_behind_a_sites_own_password": ("/v1/page", CALL % ',"writeKey":"k1"', _basic("staging"), "web"),
    "header_before_body": ("/v1/page", CALL % ',"writeKey":"k1"', {"X-Write-Key": "k2"}, "app"),
    "replaced_contract_has_none": ("/events", '{"clientId":"c","event":{"name":"x"}}', {}, "web"),
    "replaced_contract_with_one": ("/events?writeKey=k2", '{"clientId":"c","event":{"name":"x"}}', {}, "app"),
}


@pytest.mark.parametrize(("path", "body", "headers", "source"), PLACES.values(), ids=PLACES.keys())
def test_write_key_is_found(tracker: Tracker, path: str, body: str, headers: dict[str, str], source: str) -> None:
    answer = tracker.client.post(path, data=body, headers=headers)

    events, rejected = tracker.stored()
    assert answer.status_code == 200, answer.data
    assert {row["source"] for row in events + rejected} == {source}


UNKNOWN: dict[str, tuple[str, str, dict[str, str]]] = {
    "missing": ("/v1/page", CALL % "", {}),
    "unknown_in_header": ("/v1/page", CALL % "", {"X-Write-Key": "other"}),
    "unknown_in_body": ("/v1/page", CALL % ',"writeKey":"other"', {}),
    "of_a_wrong_kind": ("/v1/page", CALL % ',"writeKey":{"k1":1}', {}),
    "name_of_a_source": ("/v1/page", CALL % ',"writeKey":"web"', {}),
    "broken_basic": ("/v1/page", CALL % "", {"Authorization": "Basic ???"}),
    "empty_batch": ("/v1/batch", '{"batch":[]}', {}),
    "unreadable_call": ("/v1/page", "hello", {}),
    "replaced_contract_with_a_wrong_one": (
        "/events?writeKey=other",
        '{"clientId":"c","event":{"name":"x"}}',
        {},
    ),
}


@pytest.mark.parametrize(("path", "body", "headers"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_request_without_a_known_key_is_401_and_stores_nothing(
    tracker: Tracker, path: str, body: str, headers: dict[str, str]
) -> None:
    answer = tracker.client.post(path, data=body, headers=headers)

    assert (answer.status_code, answer.json["code"], answer.json["retry"]) == (401, "unknown_write_key", False)
    assert tracker.stored() == ([], [])


def test_key_itself_is_never_stored(tracker: Tracker) -> None:
    tracker.client.post("/v1/page?writeKey=k2", data='{"userId":"u"}')

    stored: list[dict[str, Any]] = tracker.stored()[0]
    assert "k2" not in str(stored)
