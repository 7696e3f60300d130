"""Every client family by its own paths, and a new one by one new file."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, fences
from tests.ingest_api.conftest import Tracker

CALL = {"type": "track", "event": "Swap", "userId": "u", "messageId": "m"}
DRIVER = """
import json, sys
from pathlib import Path
import ingest_api.dialects
ingest_api.dialects.__path__.append(sys.argv[1])
from tests.ingest_api.conftest import make_tracker
tracker = make_tracker(Path(sys.argv[2]))
answers = [tracker.post("/toy", body).status_code for body in ('{"who": "u", "what": "Clicked"}', "[]")]
events, rejected = tracker.stored()
print(json.dumps([answers, [[e["dialect"], e["event_name"], e["user_id"]] for e in events],
                  [[r["dialect"], r["reason"], r["original"]] for r in rejected]]))
"""


def test_family_in_one_new_file_is_served_judged_and_stored(tmp_path: Path) -> None:
    (shown,) = [block for block in fences(DOCS / "http-api.md", "python") if "DIALECT" in block]
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "toy.py").write_text(shown)

    command = [sys.executable, "-c", DRIVER, tmp_path / "new", tmp_path / "data"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True)

    assert json.loads(done.stdout) == [
        [200, 400],
        [["toy", "Clicked", "u"]],
        [["toy", "unreadable_body", "[]"]],
    ]


def test_rudderstacks_beacon_has_its_key_in_the_query(tracker: Tracker) -> None:
    body = json.dumps({"batch": [CALL], "sentAt": "2026-11-25T10:00:00Z"})

    answer = tracker.client.post("/beacon/v1/batch?writeKey=demo", data=body, content_type="text/plain")

    ((event,), rejected) = tracker.stored()
    assert (answer.status_code, rejected) == (200, [])
    assert (event["dialect"], event["event_name"], event["message_id"]) == ("rudderstack", "Swap", "m")


@pytest.mark.parametrize("below", ["", "s2s/"], ids=["browser", "server"])
def test_jitsus_type_is_in_the_path(tracker: Tracker, below: str) -> None:
    body = json.dumps(CALL | {"type": "event"})

    answer = tracker.client.post(f"/api/s/{below}track", data=body, headers={"X-Write-Key": "demo:secret"})

    ((event,), rejected) = tracker.stored()
    assert (answer.status_code, rejected) == (200, [])
    assert (event["dialect"], event["type"], event["event_name"]) == ("jitsu", "track", "Swap")


SCHEMES = {
    "plain": ({}, "http"),
    "page_on_https_behind_a_proxy": ({"Origin": "https://shop.example"}, "https"),
    "same_site_page_on_https": ({"Referer": "https://shop.example/x"}, "https"),
}


@pytest.mark.parametrize(("headers", "protocol"), SCHEMES.values(), ids=SCHEMES.keys())
def test_segments_browser_sdk_is_told_to_post_here(tracker: Tracker, headers: dict[str, str], protocol: str) -> None:
    answer = tracker.client.get("/v1/projects/demo/settings", headers={"Host": "t.shop.example:8443", **headers})

    assert answer.status_code == 200
    assert answer.headers.get("Access-Control-Allow-Origin") == headers.get("Origin")
    assert answer.json["integrations"] == {
        "Segment.io": {"apiKey": "demo", "apiHost": "t.shop.example:8443/v1", "protocol": protocol}
    }
    assert answer.json["metrics"] == {"sampleRate": 0}


def test_rudderstacks_browser_sdk_is_told_of_its_source(tracker: Tracker) -> None:
    answer = tracker.client.get("/sourceConfig/?p=npm&writeKey=demo", headers={"Origin": "https://shop.example"})

    source = answer.json["source"]
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "https://shop.example")
    assert (source["writeKey"], source["enabled"], source["destinations"]) == ("demo", True, [])


UNKNOWN = [
    "/v1/projects/nobodys/settings",
    "/sourceConfig/?writeKey=nobodys",
    "/sourceConfig/",
    "/v1/projects//settings",
]


@pytest.mark.parametrize("path", UNKNOWN)
def test_settings_of_an_unknown_key_are_404_in_json(tracker: Tracker, path: str) -> None:
    answer = tracker.client.get(path, headers={"Origin": "https://shop.example"})

    assert (answer.status_code, answer.json["code"], answer.json["retry"]) == (404, "not_found", False)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"


@pytest.mark.parametrize("host", ["a.example/v1?", 'a"b', "a b", "a@b", ""], ids=repr)
def test_settings_do_not_repeat_a_strange_host(tracker: Tracker, host: str) -> None:
    answer = tracker.client.get("/v1/projects/demo/settings", headers={"Host": host})

    shown = re.escape(host) if host else "^$"
    assert answer.status_code == 400
    assert not re.search(shown, answer.text)
