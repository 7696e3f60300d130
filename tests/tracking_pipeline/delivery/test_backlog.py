"""The backlog that a run keeps: always what a look at the whole lake finds, whatever happened in between."""

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ingest_api.partitions import hour_of
from ingest_api.schema import Event
from tests.tracking_pipeline.delivery.server import Collect
from tests.tracking_pipeline.delivery.world import HOUR_US, MINUTE_US, SECOND_US, World, clicks_of_three
from tests.tracking_pipeline.lake.parts import write_part
from tracking_pipeline.delivery import destinations
from tracking_pipeline.delivery import state as states
from tracking_pipeline.delivery.backlog import EXPIRES_SOON, MAX_AGE, Backlog
from tracking_pipeline.delivery.plan import MARGINS, make_plan
from tracking_pipeline.delivery.registry import destination_of
from tracking_pipeline.delivery.sender import Limits, deliver
from tracking_pipeline.lake.replace import replace_hour

pytestmark = pytest.mark.slow


def look(world: World, seen: int) -> dict[str, int]:
    """Return what a run would find unsent that begins at this watermark: event → its row's transaction."""
    backlog = Backlog(world.store.connection, "ga4", destinations.since(world.store.connection), seen)
    backlog.refresh(world.clock.utc())
    return dict(world.store.connection.execute("select cast(event_id as varchar), load_id from unsent").fetchall())


def assert_nothing_is_overlooked(world: World) -> None:
    state = states.load(world.settings)
    assert state is not None
    everything = look(world, 0)
    assert look(world, state.settled_load_id) == everything
    query = "select cast(event_id as varchar) from delivery_status where state in ('unsent', 'retry')"
    assert {row[0] for row in world.store.connection.execute(query).fetchall()} == everything.keys()


def test_after_a_run_only_what_is_new_is_looked_at(world: World) -> None:
    world.load(clicks_of_three(world))
    world.deliver()
    settled = states.load(world.settings).settled_load_id
    world.load([world.click("new")])

    backlog = Backlog(world.store.connection, "ga4", destinations.since(world.store.connection), settled)
    looked_at = backlog.refresh(world.clock.utc())

    assert looked_at == 1
    assert backlog.count(world.clock.utc()) == 1
    assert_nothing_is_overlooked(world)


def test_what_a_refused_run_left_is_found_again(world: World, collect: Collect) -> None:
    world.load(clicks_of_three(world))
    world.deliver()
    world.load([world.click(f"late{n}", "dora") for n in range(3)])
    collect.then(429, retry_after="600")

    world.deliver()

    assert_nothing_is_overlooked(world)
    assert len(look(world, states.load(world.settings).settled_load_id)) == 3


def test_a_replaced_hour_is_looked_at_again_and_nothing_is_sent_twice(world: World, collect: Collect) -> None:
    world.load(clicks_of_three(world))
    world.deliver()
    write_part(world.store.landing, [world.click("found later")], "forgotten")

    replace_hour(world.store, hour_of(world.received_us))
    assert_nothing_is_overlooked(world)
    world.deliver()

    assert sorted(collect.names()) == ["a1", "a2", "b1", "b2", "c1", "c2", "found later".replace(" ", "_")]
    assert_nothing_is_overlooked(world)


def test_a_copy_received_earlier_moves_its_event_and_not_its_state(world: World, collect: Collect) -> None:
    world.load(clicks_of_three(world))
    world.deliver()
    before = world.received_us
    world.received_us -= MINUTE_US
    world.load([world.click("a1", age_us=0)])
    world.received_us = before

    assert_nothing_is_overlooked(world)
    world.deliver()

    assert collect.names().count("a1") == 1


def test_a_restored_catalog_forgets_the_watermark(world: World) -> None:
    world.load(clicks_of_three(world))
    world.deliver()
    world.store.connection.execute("delete from deliveries").fetchall()
    world.load([world.click("new")])

    world.deliver()

    assert set(world.states().values()) == {"sent"}
    assert_nothing_is_overlooked(world)


def test_a_clock_that_was_set_back_makes_the_run_look_at_everything(world: World) -> None:
    world.load([*clicks_of_three(world), world.click("old", age_us=71 * HOUR_US)])
    world.pause(HOUR_US / 1e6)
    world.deliver()
    assert world.states()["old"] == "unsent"
    assert look(world, 0) == {}
    world.ahead_s = 0

    world.deliver()

    assert world.states()["old"] == "sent"


def test_a_round_s_end_splits_no_request(world: World, collect: Collect) -> None:
    clients = {"ann": 60, "bob": 7, "cem": 26, "dan": 25}
    clicks = [
        world.click(f"{client}{n:02}", client, (3000 - n * 37 - len(client)) * SECOND_US)
        for client, count in clients.items()
        for n in range(count)
    ]
    random.shuffle(clicks)
    world.load(clicks)

    report = world.deliver(Limits(round_events=30, connections=3))

    assert report.requests == sum(-(-count // 25) for count in clients.values())
    assert sorted(collect.names()) == sorted(click.event_name for click in clicks)


HOLDING_FEW = Limits(round_events=8, held_events=12, connections=1)


def spread_clicks(world: World, count: int, apart_us: int, prefix: str = "e") -> list[Event]:
    """Events of each of three clients at the same times, so that any horizon cuts what a client has."""
    return [
        world.click(f"{prefix}{n:03}{client}", client, n * apart_us + MINUTE_US + ord(client))
        for n in range(count)
        for client in "abc"
    ]


@pytest.mark.parametrize("held", [1, 12])
def test_a_long_backlog_goes_out_though_few_of_it_are_held(world: World, collect: Collect, held: int) -> None:
    clicks = spread_clicks(world, 6, HOUR_US)
    world.load(clicks[::2])
    world.load(clicks[1::2])

    report = world.deliver(replace(HOLDING_FEW, held_events=held))

    assert sorted(collect.names()) == sorted(click.event_name for click in clicks)
    assert (report.sent, report.pending) == (len(clicks), 0)
    for client in "abc":
        order = [name for name in collect.names() if name.endswith(client)]
        assert order == sorted(order, reverse=True)
    assert_nothing_is_overlooked(world)


def test_what_is_left_is_counted_beyond_what_is_held(world: World, collect: Collect) -> None:
    clicks = spread_clicks(world, 10, 7 * HOUR_US)
    world.load(clicks)
    collect.then(204)
    collect.then(429, retry_after="600")

    report = world.deliver(HOLDING_FEW)

    waiting = "from delivery_status where state in ('unsent', 'retry')"
    query = f"select count(*), count(*) filter (where occurred_at < ?) {waiting}"
    soon = world.clock.utc() - MAX_AGE + EXPIRES_SOON
    assert (report.pending, report.expiring) == world.store.connection.execute(query, [soon]).fetchone()
    assert report.sent + report.pending == len(clicks)
    assert 0 < report.expiring < report.pending
    assert_nothing_is_overlooked(world)


def test_events_on_both_sides_of_the_horizon_that_come_while_a_run_drains_go_out_with_it(
    world: World, collect: Collect
) -> None:
    clicks, more = spread_clicks(world, 7, HOUR_US), spread_clicks(world, 8, HOUR_US, "more")
    world.load(clicks)
    once = iter([more])

    def step(name: str) -> None:
        for events in once if name == "recorded" else ():
            world.load(events)

    deliver(world.settings, clock=world.clock, limits=HOLDING_FEW, step=step)

    assert sorted(collect.names()) == sorted(click.event_name for click in [*clicks, *more])
    assert_nothing_is_overlooked(world)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.drill) for seed in range(1, 6))])
def test_a_narrow_look_at_sessions_tells_what_a_wide_one_does(world: World, seed: int) -> None:
    chance = random.Random(seed)
    wide = (MARGINS[-1],)
    names = (f"e{n}" for n in itertools.count())
    for _ in range(3):
        world.load(list(history(world, chance, names)))
        told = [
            of_plan(world, margins) for margins in ((dt.timedelta(0), dt.timedelta(minutes=40), *wide), MARGINS, wide)
        ]
        assert told[0] == told[2]
        assert told[1] == told[2]
        world.deliver(Limits(round_events=25, run_s=0.001))


def history(world: World, chance: random.Random, names: Iterator[str]) -> Iterator[object]:
    """Bursts of a few clients over half a day, with pauses around the length that ends a session."""
    for client in ("ann", "bob", None):
        age_s = chance.randrange(3600, 12 * 3600)
        while age_s > 0:
            yield world.click(next(names), client, age_s * SECOND_US, device_id="d1" if client is None else None)
            age_s -= chance.choice((5, 60, 1700, 1799, 1800, 1801, 4000))


def of_plan(world: World, margins: tuple[dt.timedelta, ...]) -> set[tuple[str, str, str]]:
    """Return what a round of this moment would tell of each of its events."""
    backlog = Backlog(world.store.connection, "ga4", destinations.since(world.store.connection), 0)
    backlog.refresh(world.clock.utc())
    plan = make_plan(destination_of(world.settings, "ga4"), backlog, world.clock.utc(), 20, margins)
    return {(e.event_id, e.client_id, e.session_id) for request in plan.requests for e in request.events}


def test_a_day_s_states_are_read_from_that_day_s_ledger(world: World) -> None:
    world.load(clicks_of_three(world))
    world.deliver()
    for table in ("events", "deliveries"):
        older = f"insert into {table} select * replace (uuid() as event_id, date - 5 as date) from {table}"
        world.store.connection.execute(older).fetchall()
    day = world.clock.utc().date()
    query = f"explain analyze select state, count(*) from delivery_status where date >= date '{day}' group by all"

    (_, shown), *_ = world.store.connection.execute(query).fetchall()

    assert f"date>='{day}'::DATE" in shown[shown.index("Table: deliveries") :]
