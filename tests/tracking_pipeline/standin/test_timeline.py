"""One client's sessions, and what GA4 would make of late events and copies."""

import datetime as dt
from typing import Any

from tracking_pipeline.standin.timeline import EPOCH, HOUR_US, NOT_SET, latest_user_properties, sessions_of

START_S = 1_790_000_000
START_US = START_S * 1_000_000


def row(name: str, at_us: int = START_US, received_us: int | None = None, **params: Any) -> dict[str, Any]:
    received = EPOCH + dt.timedelta(microseconds=received_us or at_us)
    fields = {"session_id": str(START_S), **params}
    return {
        "name": name,
        "params": {key: value for key, value in fields.items() if value is not None},
        "timestamp_micros": at_us,
        "received_at": received.isoformat(timespec="microseconds"),
        "request_id": 1,
        "position": 0,
        "measurement_id": "G-T",
        "problems": [],
        "user_properties": {},
    }


def test_events_of_a_session_are_together_newest_first() -> None:
    rows = [row("b", START_US + 4_000_000, engagement_time_msec=1500), row("a", engagement_time_msec=1)]
    rows += [row("earlier", START_US - HOUR_US, session_id="7"), row("alone", START_US - 1, session_id=None)]

    found = sessions_of(rows, [{**row("error", START_US + 1), "problems": ["reserved"]}])

    assert [(one.session_id, [each["name"] for each in one.rows]) for one in found] == [
        (str(START_S), ["b", "error", "a"]),
        (NOT_SET, ["alone"]),
        ("7", ["earlier"]),
    ]
    assert (found[0].engaged_ms, found[0].lasted_s, len(found[0].kept)) == (1501, 4.0, 2)
    assert [found[0].started_at, found[1].started_at] == [START_US, START_US - 1]


def test_late_events_say_what_they_lose() -> None:
    at = {hours: START_US + hours * HOUR_US for hours in (24, 25, 49)}
    rows = [row("in_time", START_US, at[24]), row("late", at[25] - 1, at[25]), row("old", START_US, at[49])]

    (session,) = sessions_of(rows, [])

    remarks = {each["name"]: each["remarks"] for each in session.rows}
    assert remarks["in_time"] == []
    assert ["24 h" in text for text in remarks["late"]] == [True]
    assert ["48 h" in text for text in remarks["old"]] == [True]


def test_a_copy_of_a_purchase_is_remarked_on_the_later_one() -> None:
    first, second, other = (row("purchase", START_US + n, transaction_id=t) for n, t in enumerate(("T", "T", "U")))

    (session,) = sessions_of([other, second, first], [])

    assert [len(each["remarks"]) for each in session.rows] == [0, 1, 0]


def test_the_newest_value_of_a_user_property_counts() -> None:
    new = {**row("b"), "user_properties": {"plan": {"value": "pro"}}}
    old = {**row("a"), "user_properties": {"plan": {"value": "free"}, "seats": {"value": 2}}}

    assert latest_user_properties([new, old]) == {"plan": "pro", "seats": 2}
