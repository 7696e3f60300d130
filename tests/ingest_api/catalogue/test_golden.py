"""What the browser's adapters produce is what the catalogue describes: golden payloads of the node tests."""

import json
from typing import Any

import pytest

from ingest_api.catalogue import catalogue, make_judge
from tests.docs.pages import ROOT

GOLDEN = ROOT / "tests" / "golden"
MADE_BY = ("lifi.json", "jumper.json")


def events_in(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((GOLDEN / name).read_text())
    return found


@pytest.mark.parametrize("name", MADE_BY)
def test_every_golden_payload_is_on_the_plan_of_a_strict_source(name: str) -> None:
    judge = make_judge()

    off_plan = {event["event"]: judge(event["event"], event["properties"], True) for event in events_in(name)}

    assert {event: reason for event, reason in off_plan.items() if reason} == {}


def test_every_event_that_an_adapter_knows_is_golden() -> None:
    produced = {event["event"] for name in MADE_BY for event in events_in(name)}

    assert {event.name for event in catalogue().events.values() if event.widget or event.jumper} <= produced


def test_the_judge_would_see_a_golden_payload_that_went_wrong() -> None:
    judge = make_judge()
    (started,) = [event for event in events_in("lifi.json") if event["event"] == "lifi_route_execution_started"]

    wrong = {name: judge(started["event"], {**started["properties"], name: ["?"]}, False) for name in ("route_id", "x")}

    assert wrong == {"route_id": "wrong_type:route_id", "x": "unknown_parameter"}
