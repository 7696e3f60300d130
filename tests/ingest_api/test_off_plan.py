"""Events against the catalogue: stored and flagged, refused only where the source is strict."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT
from tests.ingest_api.conftest import Tracker, make_tracker

GOLDEN = ROOT / "tests" / "golden"
STRICT = '[sources.strict]\nkeys = ["demo"]\nstrict = true\n'
SENT = {
    "on the plan": ("switch_tab", {"tab_name": "gas"}, None),
    "ill-typed": ("switch_tab", {"tab_name": 7}, "wrong_type:tab_name"),
    "a parameter nobody described": ("switch_tab", {"flavour": "x"}, "unknown_parameter"),
    "a newer widget's event": ("lifi_brand_new", {}, "unknown_event"),
    "a site's own": ("Swap Started", {"amount": 1}, None),
}


def batch_of(calls: list[tuple[str, Any]]) -> str:
    events = [
        {"type": "track", "messageId": f"m{n}", "userId": "u", "event": name, "properties": properties}
        for n, (name, properties) in enumerate(calls)
    ]
    return json.dumps({"batch": events})


@pytest.fixture
def strict(tmp_path: Path) -> Tracker:
    """A collector whose one source is strict."""
    file = tmp_path / "sources.toml"
    file.write_text(STRICT)
    return make_tracker(tmp_path / "data", sources_file=file)


def test_what_is_off_the_plan_is_stored_and_says_why(tracker: Tracker) -> None:
    answer = tracker.post("/v1/batch", batch_of([(name, properties) for name, properties, _ in SENT.values()]))

    events, rejected = tracker.stored()
    assert (answer.status_code, answer.json["accepted"], rejected) == (200, len(SENT), [])
    assert {row["message_id"]: row["off_plan"] for row in events} == {
        f"m{n}": reason for n, (_, _, reason) in enumerate(SENT.values())
    }


def test_a_strict_source_refuses_what_is_off_the_plan_and_keeps_it_as_rejected(strict: Tracker) -> None:
    answer = strict.post("/v1/batch", batch_of([(name, properties) for name, properties, _ in SENT.values()]))

    events, rejected = strict.stored()
    assert (answer.status_code, answer.json["accepted"], answer.json["rejected"]) == (200, 1, 4)
    assert [(row["event_name"], row["off_plan"]) for row in events] == [("switch_tab", None)]
    assert [(row["reason"], row["detail"]) for row in sorted(rejected, key=lambda row: row["message_id"])] == [
        ("off_plan", "wrong_type:tab_name"),
        ("off_plan", "unknown_parameter"),
        ("off_plan", "unknown_event"),
        ("off_plan", "unknown_event"),
    ]


def test_calls_without_a_plan_pass_a_strict_source(strict: Tracker) -> None:
    for path in ("page", "identify"):
        strict.post(f"/v1/{path}", json.dumps({"userId": "u", "name": "lifi_x", "traits": {"a": 1}}))

    events, rejected = strict.stored()
    assert ([(row["type"], row["off_plan"]) for row in events], rejected) == ([("page", None), ("identify", None)], [])


@pytest.mark.parametrize("file", ["lifi.json", "jumper.json"])
def test_what_the_adapters_send_is_stored_by_a_strict_source(strict: Tracker, file: str) -> None:
    sent = [(event["event"], event["properties"]) for event in json.loads((GOLDEN / file).read_text())]

    strict.post("/v1/batch", batch_of(sent))

    events, rejected = strict.stored()
    assert rejected == []
    assert [(row["event_name"], json.loads(row["properties"])) for row in events] == sent


def test_an_address_that_receives_is_no_wallet_of_the_visitor(tracker: Tracker) -> None:
    golden = [(event["event"], event["properties"]) for event in json.loads((GOLDEN / "lifi.json").read_text())]

    tracker.post("/v1/batch", batch_of(golden))

    events, _ = tracker.stored()
    own = {wallet for row in events for wallet in row["wallets"] or []}
    assert len(own) == 1  # the golden payloads have one owner, and one receiver
