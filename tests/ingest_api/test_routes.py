"""What the collector answers: always JSON, with code and message on errors, and never a redirect."""

import gzip
import json
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from werkzeug.serving import make_server

from ingest_api.room import SpoolFull
from ingest_api.spool import SpoolBroken
from tests.ingest_api.conftest import Tracker, make_tracker

CALL = '{"event":"x","name":"x","anonymousId":"a","groupId":"g","previousId":"p","messageId":"m"}'
PATHS = {
    **{f"/v1/{name}": name for name in ("track", "page", "screen", "identify", "group", "alias")},
    **{"/v1/t": "track", "/v1/p": "page", "/v1/s": "screen", "/v1/i": "identify", "/v1/g": "group"},
    **{"/v1/a": "alias", "/v1/t/": "track"},
}


@pytest.mark.parametrize(("path", "kind"), PATHS.items())
def test_path_says_the_type(tracker: Tracker, path: str, kind: str) -> None:
    answer = tracker.post(path, CALL)

    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.json == {"success": True, "accepted": 1, "rejected": 0}
    assert [(event["type"], event["message_id"]) for event in tracker.stored()[0]] == [(kind, "m")]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/v1/batch/"])
def test_batch_paths_take_batches(tracker: Tracker, path: str) -> None:
    answer = tracker.post(path, '{"batch":[{"type":"page","userId":"u"}]}')

    assert answer.json == {"success": True, "accepted": 1, "rejected": 0}


CONTENT_TYPES = [
    "application/json",
    "text/plain",
    "text/plain;charset=UTF-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/octet-stream",
    "nonsense",
]


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_body_is_read_under_any_content_type(tracker: Tracker, content_type: str, packed: bool) -> None:
    body = gzip.compress(CALL.encode()) if packed else CALL.encode()
    encoding = {"Content_Encoding": "gzip"} if packed else {}

    answer = tracker.post("/v1/track", body, Content_Type=content_type, **encoding)

    assert answer.json == {"success": True, "accepted": 1, "rejected": 0}


REFUSED: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "no_such_path": ("POST", "/v2/batch", {}, 404, "not_found"),
    "doubled_slash": ("POST", "//v1/batch", {}, 404, "not_found"),
    "wrong_method": ("GET", "/v1/batch", {}, 405, "method_not_allowed"),
    "wrong_method_of_a_page": ("POST", "/metrics", {}, 405, "method_not_allowed"),
    "too_large": ("POST", "/v1/track", {"data": b"x" * 512_001}, 413, "too_large"),
    "encoding": ("POST", "/v1/track", {"headers": {"Content-Encoding": "br"}}, 415, "unsupported_encoding"),
    "no_key": ("POST", "/v1/track", {"data": CALL}, 401, "unknown_write_key"),
    "cut_gzip": ("POST", "/v1/track", {"data": gzip.compress(b"{}")[:-2]}, 400, "unreadable_body"),
}


@pytest.mark.parametrize(("method", "path", "request_", "status", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refusal_is_json_with_code_and_message(
    tracker: Tracker, method: str, path: str, request_: dict[str, Any], status: int, code: str
) -> None:
    answer = tracker.client.open(path, method=method, **request_)

    body = answer.json
    message = body.pop("message")
    assert (answer.status_code, answer.content_type) == (status, "application/json")
    assert body == {"success": False, "accepted": 0, "rejected": 0, "code": code, "retry": False}
    assert message
    assert "<" not in message
    assert tracker.stored() == ([], [])


def test_wrong_method_names_the_right_ones(tracker: Tracker) -> None:
    assert "POST" in tracker.client.get("/v1/batch").headers["Allow"]


class _Refuses:
    """A spool whose disk does not take anything."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def append(self, payloads: list[bytes]) -> None:
        raise self.error

    def close(self) -> None:
        pass


STORAGE = {
    "full": (SpoolFull("free disk space is below the reserve"), 503, "storage_full", "30"),
    "broken": (SpoolBroken("EIO"), 503, "storage_failed", "5"),
    "fault_of_ours": (RuntimeError("a bug"), 500, "internal_error", "5"),
}


@pytest.mark.parametrize(("error", "status", "code", "retry_after"), STORAGE.values(), ids=STORAGE.keys())
def test_what_cannot_be_stored_is_to_be_sent_again(
    tracker: Tracker, error: Exception, status: int, code: str, retry_after: str
) -> None:
    object.__setattr__(tracker.collector, "spool", _Refuses(error))

    answer = tracker.post("/v1/track", CALL)

    assert (answer.status_code, answer.json["code"], answer.json["retry"]) == (status, code, True)
    assert answer.headers["Retry-After"] == retry_after
    assert (answer.json["accepted"], answer.json["rejected"]) == (0, 0)


def test_readiness_tells_a_full_disk(tmp_path: Path) -> None:
    full = make_tracker(tmp_path / "data", reserve_mb=10**12)

    answers = [full.client.get(path) for path in ("/health/ready", "/health/live")] + [full.post("/v1/track", CALL)]

    assert [answer.status_code for answer in answers] == [503, 200, 503]
    assert answers[0].json["code"] == answers[2].json["code"] == "storage_full"
    assert full.stored() == ([], [])


def test_readiness_tells_a_folder_that_is_gone(tracker: Tracker) -> None:
    for file in tracker.settings.spool_dir.iterdir():
        file.unlink()
    tracker.settings.spool_dir.rmdir()

    answers = tracker.client.get("/health/ready"), tracker.post("/v1/track", CALL)

    assert [answer.json["code"] for answer in answers] == ["storage_failed", "storage_failed"]


def test_health_pages(tracker: Tracker) -> None:
    assert tracker.client.get("/health/ready").json == {"status": "ready"}
    assert tracker.client.get("/health/live").json == {"status": "live"}
    assert tracker.client.get("/health").json == "OK!"


def test_preflight_allows_what_is_asked_for(tracker: Tracker) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Headers": "authorization,x-retry-count"}

    answer = tracker.client.options("/v1/t", headers=asked)

    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization,x-retry-count"
    assert answer.headers["Access-Control-Max-Age"] == "7200"
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(("origin", "status"), [("https://A.example", 200), ("https://b.example", 403)])
def test_listed_origins_post_with_credentials_and_others_are_403(tmp_path: Path, origin: str, status: int) -> None:
    listed = make_tracker(tmp_path / "data", allowed_origins="https://a.example/, https://c.example")

    answer = listed.post("/v1/t", CALL, Origin=origin)

    allowed = {name: value for name, value in answer.headers.items() if name.startswith("Access-Control-")}
    expected = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}
    expected |= {"Access-Control-Expose-Headers": "Retry-After"}
    assert (answer.status_code, allowed) == (status, expected if status == 200 else {})
    assert len(listed.stored()[0]) == (status == 200)


def test_browser_gets_one_device_id_and_keeps_it(tracker: Tracker) -> None:
    first = tracker.post("/v1/t", CALL, Origin="https://a.example")
    tracker.post("/v1/t", CALL)

    before, after = tracker.stored()[0]
    cookie = first.headers["Set-Cookie"]
    assert cookie == f"_tid={before['device_id']}; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax"
    assert (before["device_is_new"], after["device_is_new"]) == (True, False)
    assert after["device_id"] == before["device_id"]


def test_server_sdk_gets_no_device_id(tracker: Tracker) -> None:
    answer = tracker.post("/v1/t", CALL, User_Agent="analytics-python/2.4")

    ((event,), _) = tracker.stored()
    assert "Set-Cookie" not in answer.headers
    assert (event["device_id"], event["device_is_new"], event["user_agent"]) == (None, False, None)


def test_headers_are_stored_up_to_a_limit(tracker: Tracker) -> None:
    tracker.post("/v1/t", CALL, Origin="https://" + "a" * 5000, User_Agent="x" * 5000)

    ((event,), _) = tracker.stored()
    assert (len(event["origin"]), len(event["user_agent"])) == (2048, 2048)


V0 = {"clientId": "c", "userId": "u", "timestamp": 1795600800123, "event": {"name": "swap", "params": {"a": 1}}}


def test_replaced_contract_becomes_a_track_call(tracker: Tracker) -> None:
    answer = tracker.client.post("/events", data=json.dumps(V0))

    ((event,), rejected) = tracker.stored()
    named = {name: event[name] for name in ("type", "event_name", "anonymous_id", "user_id", "properties", "dialect")}
    assert answer.json == {"success": True, "accepted": 1, "rejected": 0}
    assert named == {
        **{"type": "track", "event_name": "swap", "anonymous_id": "c", "user_id": "u"},
        **{"properties": '{"a": 1}', "dialect": "events_v0"},
    }
    assert event["client_at"].isoformat() == "2026-11-25T10:00:00.123000"
    assert rejected == []


V0_BAD = {
    "no_name": (b'{"clientId":"c","event":{}}', "missing_event_name"),
    "event_of_a_wrong_kind": (b'{"clientId":"c","event":"swap"}', "missing_event_name"),
    "nobody": (b'{"event":{"name":"x"}}', "missing_identity"),
    "nan": (b'{"clientId":"c","event":{"name":"x","params":{"a":NaN}}}', "not_finite_number"),
    "list": (b"[1]", "not_an_object"),
    "words": (b"hello", "invalid_json"),
    "empty": (b"", "invalid_json"),
    "no_utf8": (b"\xff", "invalid_json"),
}


@pytest.mark.parametrize(("body", "reason"), V0_BAD.values(), ids=V0_BAD.keys())
def test_refused_event_of_the_replaced_contract_keeps_its_body(tracker: Tracker, body: bytes, reason: str) -> None:
    answer = tracker.client.post("/events", data=body)

    events, rejected = tracker.stored()
    assert answer.status_code == 400
    assert events == []
    assert [(row["reason"], row["original_bytes"], row["path"]) for row in rejected] == [(reason, len(body), "/events")]
    assert rejected[0]["original"] == body.decode("utf-8", "backslashreplace")


@pytest.mark.parametrize("path", ["/v1/track", "/v1/track/"], ids=["shortcut", "by_flask"])
@pytest.mark.parametrize("body", [CALL, "{}", "nonsense"])
def test_shortcut_answers_as_flask_does(tracker: Tracker, path: str, body: str) -> None:
    expected = tracker.post("/v1/track", body, Origin="https://a.example")

    answer = tracker.post(path, body, Origin="https://a.example")

    headers = [(name, value) for name, value in answer.headers if name != "Set-Cookie"]
    assert (answer.status, answer.json) == (expected.status, expected.json)
    assert headers == [(name, value) for name, value in expected.headers if name != "Set-Cookie"]


def test_plain_server_waits_for_no_more_than_was_announced(tracker: Tracker) -> None:
    """``flask run`` hands over the socket itself: to read on would wait for the client for ever."""
    server = make_server("127.0.0.1", 0, tracker.client.application)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.port}/v1/t?writeKey=demo"
        answer = httpx.post(url, content=CALL, timeout=60)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert answer.json() == {"success": True, "accepted": 1, "rejected": 0}
