"""One row per executed route: its funnel, its steps, and how it stands, where a failure is not always the end."""

import datetime as dt
import random

import pytest

from tests.tracking_pipeline.marts.history import NOON, History, Row

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

    history.load([told(5, "failed", attempt=1), told(3, "updated", attempt=2), told(0, "started", attempt=1)])

    rows = history.connection.execute("select status, attempts, failures from swaps").fetchall()
    assert rows == [("started", 2, 1)]


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
