"""``/mp/collect``: 204 to everything, and the truth in what is kept."""

import contextlib
import json
import sqlite3
import stat
from typing import Any

import pytest
from flask.testing import FlaskClient

from ingest_api.settings import Settings
from tests.tracking_pipeline.standin.conftest import HOUR_US, NOW_US, QUERY, body, event
from tracking_pipeline.standin.app import create_app

RECEIVED_AT = "2026-09-21T14:13:20.000000+00:00"


def collect(client: FlaskClient, payload: Any, query: str = QUERY) -> None:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    answer = client.post(f"/mp/collect{query}", data=data)
    assert (answer.status_code, answer.data) == (204, b"")


def kept(client: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/events.json").json
    return found


def refused(client: FlaskClient) -> list[tuple[str | None, list[str]]]:
    return [(each["name"], each["problems"]) for each in client.get("/problems.json").json]


def test_keeps_each_event_once_with_all_it_was_sent_with(client: FlaskClient) -> None:
    properties = {"plan": {"value": "pro"}}
    consent = {"ad_user_data": "DENIED"}
    device, place = {"category": "mobile"}, {"country_id": "CH"}
    params = event(zeta=1, alpha="é 🦊\u0000", ratio=1.0, big=10**30, flag=True)["params"]
    payload = body({"name": "swap", "params": params}, event("bridge"), user_properties=properties, consent=consent)

    collect(client, {**payload, "user_id": "u1", "device": device, "user_location": place})

    newest, oldest = kept(client)
    assert oldest == {
        "name": "swap",
        "params": params,
        "client_id": "12.34",
        "user_id": "u1",
        "timestamp_micros": NOW_US,
        "received_at": RECEIVED_AT,
        "measurement_id": "G-TEST",
        "request_id": 1,
        "position": 0,
        "user_properties": properties,
        "consent": consent,
        "device": device,
        "user_location": place,
        "problems": [],
    }
    assert list(oldest["params"]) == list(params)
    assert (newest["name"], newest["request_id"], newest["position"]) == ("bridge", 1, 1)
    assert refused(client) == []


def test_a_request_sent_twice_is_there_twice(client: FlaskClient) -> None:
    collect(client, body())
    collect(client, body())

    assert [(each["request_id"], each["name"]) for each in kept(client)] == [(2, "swap"), (1, "swap")]


def test_limit_gives_the_newest(client: FlaskClient) -> None:
    for name in ("a", "b", "c"):
        collect(client, body(event(name)))

    assert [each["name"] for each in client.get("/events.json?limit=2").json] == ["c", "b"]
    assert client.get("/events.json?limit=0").json == []
    assert client.get("/events.json?limit=-1").status_code == 400


TIMES: dict[str, tuple[int | None, int | None, int]] = {
    "receipt": (None, None, NOW_US),
    "request": (None, NOW_US - 5, NOW_US - 5),
    "event before request": (NOW_US - 9, NOW_US - 5, NOW_US - 9),
    "exactly 72 h": (NOW_US - 72 * HOUR_US, None, NOW_US - 72 * HOUR_US),
    "older event": (NOW_US - 72 * HOUR_US - 1, None, NOW_US - 72 * HOUR_US),
    "older request": (None, 1, NOW_US - 72 * HOUR_US),
    "zero is absent": (0, 0, NOW_US),
    "future": (NOW_US + 7, None, NOW_US + 7),
}


@pytest.mark.parametrize(("own", "shared", "expected"), TIMES.values(), ids=TIMES)
def test_books_an_event_at_its_effective_time(
    client: FlaskClient, own: int | None, shared: int | None, expected: int
) -> None:
    collect(client, body({**event(), "timestamp_micros": own}, timestamp_micros=shared))

    assert [each["timestamp_micros"] for each in kept(client)] == [expected]


WHOLE: dict[str, tuple[Any, str, list[str | None]]] = {
    "no JSON": (b"{nope", QUERY, [None]),
    "empty body": (b"", QUERY, [None]),
    "unknown field": (body(extra=1), QUERY, [None]),
    "oversized": (json.dumps(body()).encode().ljust(500_000), QUERY, [None]),
    "no events": (body() | {"events": []}, QUERY, [None]),
    "26 events": (body(*[event()] * 26), QUERY, ["swap"] * 26),
    "no client id": ({"events": [event()]}, QUERY, ["swap"]),
    "no stream": (body(), "?api_secret=x", ["swap"]),
    "no secret": (body(), "?measurement_id=G-TEST", ["swap"]),
    "old and enforced": (
        body(timestamp_micros=1, validation_behavior="ENFORCE_RECOMMENDATIONS"),
        QUERY,
        ["swap"],
    ),
}


@pytest.mark.parametrize(("payload", "query", "names"), WHOLE.values(), ids=WHOLE)
def test_what_ga4_would_drop_is_a_problem_and_no_event(
    client: FlaskClient, payload: Any, query: str, names: list[str | None]
) -> None:
    collect(client, payload, query)

    assert kept(client) == []
    assert [name for name, _ in refused(client)] == names
    assert all(len(reasons) == 1 for _, reasons in refused(client))


def test_a_bad_event_does_not_cost_its_neighbours(client: FlaskClient) -> None:
    collect(client, body(event("first"), event("session_start"), event("second")))

    assert [each["name"] for each in kept(client)] == ["second", "first"]
    reason = "Event at index: [1] has name [session_start] which is reserved."
    cure = "choose another name: GA4 drops this one in silence"
    assert refused(client) == [("session_start", [f"{reason} → {cure}"])]


REMARKS: dict[str, tuple[dict[str, Any], str]] = {
    "old": ({"name": "a", "timestamp_micros": 1, "params": event()["params"]}, "too far in the past"),
    "long value": (event(x="v" * 101), "more than [100] characters"),
    "no session": ({"name": "a", "params": {"engagement_time_msec": 1}}, "no session_id"),
    "no engagement": ({"name": "a", "params": {"session_id": 1, "engagement_time_msec": 0}}, "engagement_time_msec"),
    "no currency": (event(value=1), "value without currency"),
    "time among the parameters": (event(timestamp_micros=1), "timestamp_micros inside params"),
    "future": ({**event(), "timestamp_micros": NOW_US + 1}, "in the future"),
}


@pytest.mark.parametrize(("sent", "remark"), REMARKS.values(), ids=REMARKS)
def test_what_ga4_would_change_is_remarked_on_the_event(client: FlaskClient, sent: dict[str, Any], remark: str) -> None:
    collect(client, body(sent))

    (found,) = kept(client)
    (text,) = found["problems"]
    assert remark in text
    assert found["params"] == sent["params"]
    assert refused(client) == []


def test_an_odd_client_id_is_kept_with_a_remark(client: FlaskClient) -> None:
    collect(client, body() | {"client_id": "18"})

    (found,) = kept(client)
    remark = "client_id [18] has invalid format. It should be in <number>.<number> format."
    assert found["problems"] == [f"{remark} → use the last two fields of the `_ga` cookie"]


def test_only_post_collects(client: FlaskClient) -> None:
    assert client.get(f"/mp/collect{QUERY}").status_code == 405


def test_what_it_keeps_is_private_and_without_the_secret(client: FlaskClient, settings: Settings) -> None:
    collect(client, body())
    collect(client, b"{nope")

    folder = settings.standin_dir
    files = sorted(folder.iterdir())
    assert [each.name for each in files] == ["events.sqlite", "events.sqlite-shm", "events.sqlite-wal"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    assert not any(b"s3cret-value" in each.read_bytes() for each in files)


def test_events_outlive_the_app(client: FlaskClient, settings: Settings) -> None:
    collect(client, body())

    again = create_app(settings).test_client()

    assert [each["name"] for each in again.get("/events.json").json] == ["swap"]
    again.application.extensions["standin"].store.close()


def test_what_cannot_be_stored_whole_is_not_acknowledged_and_not_kept_in_part(
    client: FlaskClient, settings: Settings
) -> None:
    with contextlib.closing(sqlite3.connect(settings.standin_dir / "events.sqlite")) as other:
        other.execute("drop table problems")

        answer = client.post(f"/mp/collect{QUERY}", json=body(event(), event("error")))

        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert other.execute("select count(*) from requests").fetchone() == (0,)
    assert kept(client) == []
