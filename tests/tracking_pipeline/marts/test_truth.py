"""The marts of a made-up swap site are what its maker knows, whatever the order and the batching of arrival."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.swapsite.arrivals import Arrival
from bench.swapsite.truth import Truth
from bench.swapsite.visits import visits
from ingest_api.catalogue import make_judge
from tests.tracking_pipeline.lake.test_commute import Visible
from tests.tracking_pipeline.marts.site import expected, landed, plain_marts, stored
from tests.tracking_pipeline.marts.test_lake import marts
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.marts.refresh import refresh
from tracking_pipeline.lake.replace import replace_hour

QUIET = list(HealthCheck)


def test_marts_say_what_is_true() -> None:
    world = list(visits(seed=1, people=40, days=2))

    connection = plain_marts(world, days=2)

    assert stored(connection) == expected(Truth(world))


def test_the_site_keeps_to_the_catalogue_as_far_as_it_says() -> None:
    connection = plain_marts(visits(seed=2, people=60, days=2), days=2)
    judge = make_judge()

    rows = connection.execute(
        "select event_name, properties, off_plan from events where type = 'track' and not is_bot"
    ).fetchall()

    assert {verdict for _, _, verdict in rows} == {None, "unknown_parameter", "wrong_type:from_chain_id"}
    assert [judge(name, json.loads(text), False) for name, text, _ in rows] == [verdict for *_, verdict in rows]


@pytest.mark.slow
@pytest.mark.drill
@settings(max_examples=4, deadline=None, suppress_health_check=QUIET)
@given(seed=st.integers(0, 10_000_000), days=st.integers(1, 6))
def test_marts_say_what_is_true_of_many_sites(seed: int, days: int) -> None:
    world = list(visits(seed, people=60, days=days))

    assert stored(plain_marts(world, days)) == expected(Truth(world))


@pytest.mark.slow
@pytest.mark.drill
def test_marts_do_not_tell_how_events_arrived(tmp_path: Path) -> None:
    """Permuted, split, doubled, delayed by up to three days, with refreshes and a replaced hour in between."""
    world = list(visits(seed=3, people=6, days=1))
    truth = Truth(world)
    prompt = landed(tmp_path / "a", world, 1, Arrival(seed=3, late=0, copies=0))
    messy = landed(tmp_path / "b", world, 1, Arrival(seed=4, late=150, copies=300, parts_an_hour=2))

    load_hours(prompt, prompt.landing.hours())
    refresh(prompt.settings)
    arrive(messy, random.Random(3))

    assert stored(prompt.connection) == expected(truth)
    assert device_types(prompt) == {session.device_type for session in truth.sessions}
    assert marts(messy) == marts(prompt)
    assert duplicates(messy) > duplicates(prompt) == 0
    prompt.connection.close()
    messy.connection.close()


def arrive(store: Store, dice: random.Random, groups: int = 3) -> None:
    """Load the part files in random groups, some hours twice, with the marts brought up after each."""
    visible = Visible(store.landing.root)
    partial = replace(store, landing=visible)
    waiting = [file for hour in store.landing.hours() for file in store.landing.files(hour)]
    dice.shuffle(waiting)
    for number in range(groups):
        group = waiting[number::groups]
        visible.arrived |= {part.path for part in group}
        load_hours(partial, {part.hour for part in group})
        replace_hour(partial, group[0].hour)
        refresh(store.settings)


def device_types(store: Store) -> set[str | None]:
    return {kind for (kind,) in store.connection.execute("select distinct device_type from sessions").fetchall()}


def duplicates(store: Store) -> int:
    [(count,)] = store.connection.execute("select count(*) from duplicates").fetchall()
    return int(count)
