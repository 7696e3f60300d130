"""Marts equal a recomputation: whatever came late, twice, out of order, or left again, and however it was batched."""

import datetime as dt
import random
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tracking_pipeline.marts.history import History, Row
from tracking_pipeline.lake.marts.compute import statement
from tracking_pipeline.lake.sessions import DEFAULT, SessionRule, define

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
    assert judged(history) == []
    for mart, change in TAMPERED.items():
        history.connection.execute("begin")
        history.connection.execute(change)
        assert mart in judged(history)
        history.connection.execute("rollback")


TAMPERED = {
    "page_views": "delete from page_views",
    "visitors": "update visitors set events = events + 1",
    "users": "update users set sessions = sessions + 1",
    "swaps": "update swaps set failures = failures + 1",
    "days": "update daily_metrics set new_visitors = new_visitors + 1",
}


def judged(history: History) -> list[str]:
    """Return the marts that the hourly check would find wrong."""
    define(history.connection, history.rule)
    history.connection.execute(
        "create or replace temp table sampled_clients as select distinct client_kind, client from sessions"
    )
    row = history.connection.execute(statement("compare_totals"), {"days": 60}).fetchone() or ()
    return [mart for mart, wrong in zip(TAMPERED, row, strict=True) if wrong]


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=QUIET)
@given(
    seed=st.integers(0, 10_000_000),
    transactions=st.integers(1, 10),
    timezone=st.sampled_from(("UTC", "America/New_York", "Asia/Kolkata")),
    cut_at_midnight=st.booleans(),
    cut_at_campaign=st.booleans(),
)
def test_marts_equal_a_recomputation_over_many_histories(
    seed: int, transactions: int, timezone: str, cut_at_midnight: bool, cut_at_campaign: bool
) -> None:
    rule = SessionRule(timezone, cut_at_midnight, cut_at_campaign)

    history = live(seed, transactions, rule)

    assert sessions_by_hand(list(history.present.values()), rule) == sessions_of(history)


def test_a_session_ends_at_midnight_by_choice() -> None:
    rule = SessionRule("Asia/Kolkata", cut_at_midnight=True)  # midnight there is 18:30 UTC
    history = History(random.Random(0), rule=rule)
    history.load([{"anonymous_id": "a", "minute": minute} for minute in (380, 389, 390, 400)])

    history.load([{"anonymous_id": "a", "minute": 385}])

    assert [(at.hour, at.minute, n) for _, _, at, _, n in sessions_of(history)] == [(18, 20, 3), (18, 30, 2)]


@pytest.mark.slow
def test_a_late_campaign_joins_the_session_it_led_to_however_far_its_end() -> None:
    history = History(random.Random(0), rule=SessionRule(cut_at_campaign=True))
    pages = {0: "/", 20: "/x", 40: "/x", 60: "/x", 80: "/?gclid=1", 100: "/x"}
    history.load([{"anonymous_id": "a", "minute": minute, "page_url": url} for minute, url in pages.items()])

    history.load([{"anonymous_id": "a", "minute": 30, "page_url": "/?gclid=1"}])

    assert [(at.minute, n) for _, _, at, _, n in sessions_of(history)] == [(0, 2), (30, 5)]


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

    def ends(session: list[Row], row: Row) -> bool:
        last, instant = cast(dt.datetime, session[-1]["occurred_at"]), cast(dt.datetime, row["occurred_at"])
        if instant - last > HALF_HOUR or (rule.cut_at_midnight and day(instant) != day(last)):
            return True
        seen = [campaign_of(str(earlier["page_url"])) for earlier in session if earlier["page_url"]]
        named = [campaign for campaign in seen if campaign]
        campaign = campaign_of(str(row["page_url"]))
        return rule.cut_at_campaign and bool(seen and campaign and campaign not in named[-1:])

    of_clients: dict[tuple[str, object], list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row["occurred_at"], row["event_id"])):  # type: ignore[arg-type, return-value]
        if client := client_of(row):
            of_clients.setdefault(client, []).append(row)
    times: dict[tuple[str, object, object], list[object]] = {}
    for client, of_client in of_clients.items():
        session: list[Row] = []
        for row in of_client:
            session = [row] if not session or ends(session, row) else [*session, row]
            times.setdefault((*client, session[0]["occurred_at"]), []).append(row["occurred_at"])
    return sorted((*key, at[-1], len(at)) for key, at in times.items())  # type: ignore[type-var]


def campaign_of(url: str) -> str:
    """What names a campaign in the URLs of these histories."""
    return url.partition("?")[2]


def client_of(row: Row) -> tuple[str, object] | None:
    if row["is_bot"]:
        return None
    if row["anonymous_id"]:
        return "anonymous", row["anonymous_id"]
    if row["device_id"] and not row["device_is_new"]:
        return "device", row["device_id"]
    return ("user", row["user_id"]) if row["user_id"] else None
