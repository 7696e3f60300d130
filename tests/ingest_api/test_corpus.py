"""Each odd input of ``corpus/`` has its one right outcome: the answer, what is stored, what is refused and why."""

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.ingest_api.conftest import Row, Tracker, make_tracker

CASES: dict[str, dict[str, Any]] = {
    f"{path.stem}: {case['case']}": case
    for path in sorted((Path(__file__).parent / "corpus").glob("*.json"))
    for case in json.loads(path.read_text())
}


@dataclass
class Outcome:
    """One case's answer, and the rows that its source has afterwards."""

    answer: TestResponse
    events: list[Row] = field(default_factory=list)
    rejected: list[Row] = field(default_factory=list)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Post every case under a write key of its own to one collector, and publish once."""
    keys = {f"c{number}": name for number, name in enumerate(CASES)}
    folder = tmp_path_factory.mktemp("corpus") / "data"
    tracker = make_tracker(folder, write_keys=",".join(f"{key}:{key}" for key in keys))
    made = {name: Outcome(post(tracker, key, CASES[name])) for key, name in keys.items()}
    events, rejected = tracker.stored()
    for row in events:
        made[keys[row["source"]]].events.append(row)
    for row in rejected:
        made[keys[row["source"]]].rejected.append(row)
    return made


@pytest.mark.parametrize("name", CASES)
def test_odd_input_has_its_outcome(outcomes: dict[str, Outcome], name: str) -> None:
    case, outcome = CASES[name], outcomes[name]

    answer, events = outcome.answer, outcome.events
    assert (answer.status_code, answer.json.get("code")) == (case["status"], case.get("code"))
    assert (answer.json["accepted"], answer.json["rejected"]) == (len(events), len(outcome.rejected))
    assert [row["reason"] for row in outcome.rejected] == case["rejected"]
    assert [shown(row, wanted) for row, wanted in zip(events, case["events"], strict=True)] == case["events"]
    assert all(row["occurred_at"] <= row["received_at"] for row in events)


def post(tracker: Tracker, key: str, case: dict[str, Any]) -> TestResponse:
    """Post one case."""
    return tracker.client.post(
        case.get("path", "/v1/batch"), data=body_of(case), headers={"X-Write-Key": key, **case.get("headers", {})}
    )


def body_of(case: dict[str, Any]) -> bytes:
    """Build the body's bytes."""
    body = case["body"] if "body" in case else ['{"batch":[', ",".join(case["batch"]), "]}"]
    pieces = [body] if isinstance(body, str) else body
    text = "".join(piece if isinstance(piece, str) else piece[0] * piece[1] for piece in pieces)
    return text.encode("utf-8", "surrogateescape")


def shown(row: Row, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the row's columns that the case names; instants as text, ``delay_s`` from receipt back to the event."""
    row = {**row, "delay_s": (row["received_at"] - row["occurred_at"]).total_seconds()}
    return {name: plain(row[name]) for name in wanted}


def plain(value: object) -> object:
    return value.replace(tzinfo=None).isoformat() if isinstance(value, dt.datetime) else value
