"""The same part files in another order and grouping, with copies, displaced rows and replaced hours: the same marts."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tracking_pipeline.lake.parts import new_store
from tests.tracking_pipeline.lake.test_commute import Visible, make_world
from tests.tracking_pipeline.marts.test_lake import marts
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.marts.refresh import rebuild, refresh
from tracking_pipeline.lake.replace import replace_hour

pytestmark = [pytest.mark.slow, pytest.mark.drill]


@pytest.mark.parametrize("seed", [1, 5])
def test_marts_do_not_depend_on_the_order_of_arrival(tmp_path: Path, seed: int) -> None:
    piecemeal = grown(tmp_path / "a", seed, random.Random(seed))

    together = grown(tmp_path / "b", seed, None)

    assert marts(piecemeal) == marts(together)
    rebuild(piecemeal.settings)
    assert marts(piecemeal) == marts(together)
    piecemeal.connection.close()
    together.connection.close()


def grown(folder: Path, seed: int, dice: random.Random | None) -> Store:
    """Return the lake of one world, whose files arrived as the dice say (without any: together), with its marts."""
    store = new_store(folder)
    parts = list(make_world(store.landing, random.Random(seed)).rows)
    if dice:
        arrive(store, dice)
    load_hours(store, {part.hour for part in parts})
    refresh(store.settings)
    return store


def arrive(store: Store, dice: random.Random) -> None:
    """Load files one or two at a time, with refreshes and a replaced hour in between."""
    visible = Visible(store.landing.root)
    partial = replace(store, landing=visible)
    waiting = [file for hour in store.landing.hours() for file in store.landing.files(hour)]
    dice.shuffle(waiting)
    while waiting:
        group = [waiting.pop() for _ in range(min(len(waiting), dice.randrange(1, 3)))]
        visible.arrived |= {part.path for part in group}
        load_hours(partial, {part.hour for part in group})
        if dice.random() < 0.4:
            replace_hour(partial, group[0].hour)
        if dice.random() < 0.6:
            refresh(store.settings)
