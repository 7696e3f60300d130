"""Client and session at GA4: one definition of a session, and what was told once stays."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from ingest_api.partitions import HOUR_US, hour_of
from tests.tracking_pipeline.delivery.server import Collect
from tests.tracking_pipeline.delivery.world import MINUTE_US, SECOND_US, World
from tracking_pipeline.delivery.ga4.identity import derived_client_id
from tracking_pipeline.delivery.sessions import Member, Told, assign

pytestmark = pytest.mark.slow

NOON = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC).replace(tzinfo=None)  # as DuckDB gives it
NOON_ID = str(int(NOON.replace(tzinfo=dt.UTC).timestamp()))
EARLY, LATE = Told("1.1", "1000"), Told("2.2", "2000")


def member(name: str, minute: int, told: Told | None = None) -> Member:
    at = NOON + dt.timedelta(minutes=minute)
    ids = (told.client_id, told.session_id) if told else (None, None)
    return Member(name, "anonymous", "ann", NOON, at, *ids)


@pytest.mark.parametrize(
    ("members", "cookies", "expected"),
    [
        ([member("new", 5)], {}, Told("anonymous:ann", NOON_ID)),
        ([member("new", 5)], {"new": "7.7"}, Told("7.7", NOON_ID)),
        ([member("new", 5), member("later", 6)], {"later": "7.7"}, Told("7.7", NOON_ID)),
        ([member("old", 0, EARLY), member("new", 5)], {"new": "7.7"}, EARLY),
        ([member("new", 5), member("old", 6, LATE)], {}, LATE),
        ([member("one", 0, EARLY), member("new", 5), member("two", 6, LATE)], {}, EARLY),
        ([member("one", 0, EARLY), member("two", 4, LATE), member("new", 5)], {}, LATE),
        ([member("one", 0, EARLY), member("new", 5, LATE)], {}, LATE),
    ],
    ids=[
        "nothing told: the start",
        "its cookie",
        "a cookie later in the session",
        "earlier told wins over the cookie",
        "only a later one",
        "earlier before a nearer later one",
        "the nearest earlier one",
        "its own, on a retry",
    ],
)
def test_an_event_takes_what_was_told_nearest(members: list[Member], cookies: dict[str, str], expected: Told) -> None:
    planned = {"new", "later"}

    told = assign(members, planned, cookies, lambda kind, client: f"{kind}:{client}")

    assert told["new"] == expected
    assert told.keys() == planned & {m.event_id for m in members}


def test_a_pause_of_more_than_30_minutes_starts_a_session(world: World, collect: Collect) -> None:
    ages = {"one": 100 * MINUTE_US, "two": 70 * MINUTE_US, "three": 40 * MINUTE_US - 1, "four": 39 * MINUTE_US}
    world.load([world.click(name, age_us=age) for name, age in ages.items()])

    world.deliver()

    first, second = start_id(world, ages["one"]), start_id(world, ages["three"])
    assert session_ids(collect) == {"one": first, "two": first, "three": second, "four": second}


def test_a_session_ends_with_the_day_by_choice(world: World, collect: Collect) -> None:
    hour_us = world.received_us % HOUR_US  # a time zone in which a day begins with this hour
    hour = hour_of(world.received_us).hour
    zone = f"Etc/GMT+{hour}" if hour <= 12 else f"Etc/GMT-{24 - hour}"
    mine = {"timezone": zone, "session_cut_at_midnight": True}
    world = replace(world, settings=world.settings.model_copy(update=mine))
    ages = {"before": hour_us + MINUTE_US, "midnight": hour_us}
    world.load([world.click(name, age_us=age) for name, age in ages.items()])

    world.deliver()

    assert session_ids(collect) == {name: start_id(world, age) for name, age in ages.items()}


def test_a_session_ends_with_a_campaign_by_choice(world: World, collect: Collect) -> None:
    world = replace(world, settings=world.settings.model_copy(update={"session_cut_at_campaign": True}))
    pages = {"first": (19, "/?gclid=1"), "reload": (18, "/?gclid=1"), "other": (17, "/?utm_source=n"), "on": (16, "/x")}
    world.load([world.click(name, age_us=age * MINUTE_US, page_url=url) for name, (age, url) in pages.items()])

    world.deliver()

    one, two = start_id(world, 19 * MINUTE_US), start_id(world, 17 * MINUTE_US)
    assert session_ids(collect) == {"first": one, "reload": one, "other": two, "on": two}


def client_of(world: World, kind: str, value: str) -> str:
    """The client id that GA4 is told of somebody without a `_ga` cookie."""
    return derived_client_id(kind, value, world.settings.keys.wallet_key)


def test_each_client_has_its_own_sessions(world: World, collect: Collect) -> None:
    nobody: dict[str, Any] = {"anonymous_id": None}
    back = {**nobody, "device_id": "dev", "device_is_new": False}
    fresh = {**nobody, "device_id": "dev", "device_is_new": True}
    world.load(
        [
            world.click("anonymous", "x", 9 * MINUTE_US, user_id="x"),
            world.click("device", age_us=8 * MINUTE_US, **back, user_id="x"),
            world.click("user", age_us=7 * MINUTE_US, **fresh, user_id="x"),
            world.click("first_visit_of_dev", age_us=10 * MINUTE_US, **fresh),
        ]
    )

    world.deliver()

    assert client_ids(collect) == {
        "anonymous": client_of(world, "anonymous", "x"),
        "device": client_of(world, "device", "dev"),
        "user": client_of(world, "user", "x"),
        "first_visit_of_dev": client_of(world, "device", "dev"),
    }
    assert len(set(session_ids(collect).values())) == 4


def test_a_late_event_before_the_start_moves_nothing(world: World, collect: Collect) -> None:
    world.load([world.click("on_time", age_us=20 * MINUTE_US)])
    world.deliver()
    world.load([world.click("late", age_us=40 * MINUTE_US, ga_client_id="7.7")])
    world.deliver()

    told = start_id(world, 20 * MINUTE_US)
    assert session_ids(collect) == {"on_time": told, "late": told}
    assert set(client_ids(collect).values()) == {client_of(world, "anonymous", "ann")}


def test_a_late_event_that_bridges_two_sessions_joins_the_earlier(world: World, collect: Collect) -> None:
    world.load([world.click("first", age_us=59 * MINUTE_US), world.click("second", age_us=10 * MINUTE_US)])
    world.deliver()
    world.load([world.click("bridge", age_us=30 * MINUTE_US), world.click("after", age_us=9 * MINUTE_US)])
    world.deliver()

    first, second = start_id(world, 59 * MINUTE_US), start_id(world, 10 * MINUTE_US)
    assert session_ids(collect) == {"first": first, "bridge": first, "second": second, "after": second}


def test_a_refused_event_keeps_its_session_when_an_earlier_one_comes(world: World, collect: Collect) -> None:
    collect.then(503, retry_after="900")
    world.load([world.click("refused", age_us=20 * MINUTE_US)])
    world.deliver()
    world.load([world.click("earlier", age_us=40 * MINUTE_US)])
    world.pause(900)
    world.deliver()

    told = start_id(world, 20 * MINUTE_US)
    assert session_ids(collect) == {"earlier": told, "refused": told}
    assert collect.names() == ["refused", "earlier", "refused"]


def test_bots_make_no_session_longer(world: World, collect: Collect) -> None:
    bot = "Mozilla/5.0 (compatible; Googlebot/2.1)"
    world.load(
        [
            world.click("before", age_us=50 * MINUTE_US),
            world.click("by_a_bot", age_us=30 * MINUTE_US, user_agent=bot),
            world.click("after", age_us=10 * MINUTE_US),
        ]
    )

    world.deliver()

    assert session_ids(collect) == {
        "before": start_id(world, 50 * MINUTE_US),
        "after": start_id(world, 10 * MINUTE_US),
    }


def start_id(world: World, age_us: int) -> str:
    return str((world.received_us - age_us) // SECOND_US)


def session_ids(collect: Collect) -> dict[str, str]:
    return {e["name"]: e["params"]["session_id"] for request in collect.requests() for e in request["events"]}


def client_ids(collect: Collect) -> dict[str, str]:
    return {e["name"]: request["client_id"] for request in collect.requests() for e in request["events"]}
