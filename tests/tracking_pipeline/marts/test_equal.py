"""Marts equal a recomputation: whatever came late, twice, out of order, or left again, and however it was batched."""

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tracking_pipeline.marts.history import History, Row
from tracking_pipeline.lake.sessions import DEFAULT, SessionRule

HALF_HOUR = dt.timedelta(minutes=30)
QUIET = list(HealthCheck)


def live(seed: int, transactions: int, rule: SessionRule = DEFAULT) -> History:
    """Live a random history with refreshes in between; at its end the marts are what a recomputation makes."""
    dice = random.Random(seed)
    history = History(dice, rule=rule)
    for _ in range(transactions):
        history.transact()
        if dice.random() < 0.5:
            history.refresh()
    history.refresh()
    kept_up = history.marts()
    assert history.connection.execute("select count(*) from removed").fetchone() == (0,)
    history.recompute()
    assert kept_up == history.marts()
    return history


def test_marts_equal_a_recomputation() -> None:
    history = live(seed=2, transactions=5)

    assert sessions_by_hand(list(history.present.values())) == sessions_of(history)


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=QUIET)
@given(
    seed=st.integers(0, 10_000_000),
    transactions=st.integers(1, 10),
    timezone=st.sampled_from(("UTC", "America/New_York", "Asia/Kolkata")),
    cut_at_midnight=st.booleans(),
)
def test_marts_equal_a_recomputation_over_many_histories(
    seed: int, transactions: int, timezone: str, cut_at_midnight: bool
) -> None:
    rule = SessionRule(timezone, cut_at_midnight)

    history = live(seed, transactions, rule)

    assert sessions_by_hand(list(history.present.values()), rule) == sessions_of(history)


def test_a_session_ends_at_midnight_by_choice() -> None:
    rule = SessionRule("Asia/Kolkata", cut_at_midnight=True)  # midnight there is 18:30 UTC
    history = History(random.Random(0), rule=rule)
    history.load([{"anonymous_id": "a", "minute": minute} for minute in (380, 389, 390, 400)])

    history.load([{"anonymous_id": "a", "minute": 385}])

    assert [(at.hour, at.minute, n) for _, _, at, _, n in sessions_of(history)] == [(18, 20, 3), (18, 30, 2)]


def test_a_late_choice_belongs_to_the_swap_it_led_to() -> None:
    history = History(random.Random(0))
    run = {"anonymous_id": "a", "event_name": "lifi_route_execution_started", "properties": '{"route_id":"r"}'}
    history.load([{**run, "minute": 40}])
    choice = {"anonymous_id": "a", "event_name": "lifi_available_routes", "properties": "{}"}

    history.load([{**choice, "minute": 9}, {**choice, "minute": 10}, {**choice, "minute": 41}])

    rows = history.connection.execute("select extract(minute from routes_seen_at) from swaps").fetchall()
    assert rows == [(10,)]


def sessions_of(history: History) -> list[tuple[object, ...]]:
    return history.connection.execute(
        "select client_kind, client, started_at, ended_at, events from sessions order by all"
    ).fetchall()


def sessions_by_hand(rows: list[Row], rule: SessionRule = DEFAULT) -> list[tuple[object, ...]]:
    """Cut sessions in Python, from the definition in words."""

    def day(instant: dt.datetime) -> dt.date:
        return instant.replace(tzinfo=dt.UTC).astimezone(ZoneInfo(rule.timezone)).date()

    times: dict[tuple[str, object], list[dt.datetime]] = {}
    for row in rows:
        if client := client_of(row):
            times.setdefault(client, []).append(row["occurred_at"])  # type: ignore[arg-type]
    found: list[tuple[object, ...]] = []
    for (kind, client), at in times.items():
        at.sort()
        session = [at[0]]
        for instant in at[1:]:
            if instant - session[-1] > HALF_HOUR or (rule.cut_at_midnight and day(instant) != day(session[-1])):
                found.append((kind, client, session[0], session[-1], len(session)))
                session = []
            session.append(instant)
        found.append((kind, client, session[0], session[-1], len(session)))
    return sorted(found)  # type: ignore[type-var]


def client_of(row: Row) -> tuple[str, object] | None:
    if row["is_bot"]:
        return None
    if row["anonymous_id"]:
        return "anonymous", row["anonymous_id"]
    if row["device_id"] and not row["device_is_new"]:
        return "device", row["device_id"]
    return ("user", row["user_id"]) if row["user_id"] else None
