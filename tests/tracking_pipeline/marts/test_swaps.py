"""One row per executed route: its funnel, its steps, and how it stands, where a failure is not always the end."""

import datetime as dt
import random
import re
from pathlib import Path

import duckdb
import pytest

from tests.tracking_pipeline.marts.history import NOON, History, Row
from tracking_pipeline.lake.marts.compute import run_statements, statement

MINUTE = dt.timedelta(minutes=1)
STATUS = {
    "nothing after the start": (["started"], "started"),
    "a failure": (["started", "failed"], "failed"),
    "tried again: an update after the failure": (["started", "failed", "updated"], "started"),
    "what the failed action still says is no new try": (["started", "failed", "updated FAILED"], "failed"),
    "a failure after the new try": (["started", "failed", "updated", "failed"], "failed"),
    "completed in the end": (["started", "failed", "updated", "completed"], "completed"),
    "completed, and a late word of a failure": (["started", "completed", "failed"], "completed"),
}


def told(minute: int, what: str, **properties: object) -> Row:
    """Describe one event of the route ``r``."""
    name, _, status = what.partition(" ")
    given = {"route_id": "r", "action_status": status or None} | properties
    said = ",".join(f'"{key}":"{value}"' for key, value in given.items() if value is not None)
    return {
        "minute": minute,
        "anonymous_id": "a",
        "event_name": f"lifi_route_execution_{name}",
        "properties": f"{{{said}}}",
    }


@pytest.mark.parametrize("case", STATUS)
def test_status_is_the_last_thing_known(case: str) -> None:
    acts, expected = STATUS[case]
    history = History(random.Random(0))

    history.load([told(minute, act) for minute, act in enumerate(acts)])

    assert history.connection.execute("select status from swaps").fetchall() == [(expected,)]


def test_a_later_attempt_overrules_a_failure_that_arrives_after_it() -> None:
    history = History(random.Random(0))
    why = {"error_code": 1003, "action_substatus": "SLIPPAGE_EXCEEDED"}

    history.load([told(5, "failed", attempt=1, **why), told(3, "updated", attempt=2), told(0, "started", attempt=1)])

    rows = history.connection.execute("select status, attempts, failures, error_class from swaps").fetchall()
    assert rows == [("started", 2, 1, "slippage")]


def test_a_code_has_the_class_that_the_tracker_gives_it() -> None:
    text = (Path(__file__).parents[3] / "ingest_api/tracker/adapters/route.js").read_text()
    table = re.findall(r"^  (\w+): /(.+)/,$", text.split("const ERRORS = {")[1].split("};")[0], re.MULTILINE)
    codes = [*map(str, range(1000, 1030)), "4001", "500"]
    substatus = ["SLIPPAGE_EXCEEDED", "INSUFFICIENT_BALANCE", "INSUFFICIENT_ALLOWANCE", "OUT_OF_GAS", "EXPIRED"]
    said = [(code, None) for code in codes] + [("1003", word) for word in substatus] + [(None, None)]
    with duckdb.connect() as connection:
        run_statements(connection, statement("swap_events").split(";\n")[0])

        found = [connection.execute("select failure_class(?, ?)", pair).fetchone() for pair in said]

    texts = [f"{code} {word}" for code, word in said]
    expected = [next((name for name, rule in table if re.search(rule, one)), "unknown") for one in texts]
    assert found == [(name,) for name in expected]
    assert {*expected} == {*(name for name, _ in table), "unknown"}


def test_each_step_is_known_with_its_last_action() -> None:
    history = History(random.Random(0))
    swap = {"step_index": 0, "action_type": "SWAP"}
    bridge = {"step_index": 1, "action_type": "CROSS_CHAIN"}

    history.load([told(4, "updated PENDING", **bridge), told(1, "updated PENDING", **swap)])
    history.load([told(2, "updated DONE", **swap)])

    [(steps, last)] = history.connection.execute("select steps, last_step_index from swaps").fetchall()
    assert last == 1
    assert [(s["step_index"], s["reached_at"] - NOON, s["action_type"], s["action_status"]) for s in steps] == [
        (0, MINUTE, "SWAP", "DONE"),
        (1, 4 * MINUTE, "CROSS_CHAIN", "PENDING"),
    ]
