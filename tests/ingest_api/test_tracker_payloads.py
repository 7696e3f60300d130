"""The batch that the browser tracker's own test makes (tests/golden/tracker.json) is taken, field by field."""

import json

from tests.docs.pages import ROOT
from tests.ingest_api.conftest import Tracker

GOLDEN = ROOT / "tests" / "golden" / "tracker.json"


def test_golden_batch_of_the_browser_tracker_is_taken_whole(tracker: Tracker) -> None:
    body = GOLDEN.read_bytes()
    sent = json.loads(body)["batch"]

    answer = tracker.client.post("/v1/batch", data=body, content_type="text/plain;charset=UTF-8")
    rows, rejected = tracker.stored()

    assert (answer.status_code, answer.json) == (200, {"success": True, "accepted": len(sent), "rejected": 0})
    assert rejected == []
    assert [row["message_id"] for row in rows] == [event["messageId"] for event in sent]
    assert [row["type"] for row in rows] == ["page", "track", "identify", "identify", "group", "alias", "track"]
    assert [row["event_name"] for row in rows] == ["Exchange", "lifi_route_selected", None, None, None, None, "Late"]
    assert [row["user_id"] for row in rows] == [None, None, "u1", "u1", "u1", "u2", "u2"]
    assert [json.loads(str(row["context"]))["tab"]["seq"] for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert {row["page_path"] for row in rows} == {"/exchange"}
    assert {row["anonymous_id"] for row in rows} == {sent[0]["anonymousId"]}
    assert json.loads(str(rows[1]["properties"])) == sent[1]["properties"]
    assert (rows[4]["group_id"], rows[5]["previous_id"]) == ("g1", "u1")
