"""Loads commute: any order, any grouping, some twice, hours replaced and files merged in between: the same lake."""

import random
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest_api.landing import Landing, PartFile
from ingest_api.partitions import Hour
from ingest_api.schema import Event, Rejected
from tests.tracking_pipeline.lake.parts import at, event, new_store, rejected, write_part
from tracking_pipeline.lake.accounting import hour_states
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.replace import replace_hour
from tracking_pipeline.lake.upkeep import tidy

DAY_US = 86_400_000_000


class Visible(Landing):
    """A landing zone of which only some files have arrived yet."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.arrived: set[str] = set()

    def files(self, hour: Hour) -> list[PartFile]:
        return [file for file in super().files(hour) if file.path in self.arrived]


@dataclass(slots=True)
class World:
    """The files of one history and the rows that were written into each."""

    rows: dict[PartFile, list[Event | Rejected]]

    def resting(self, arrived: set[str]) -> dict[str, set[tuple[str, int]]]:
        """Say where every row must rest, from the rule alone: the copy received first stays."""
        copies: dict[bytes, list[tuple[int, str, int]]] = {}
        refused: set[tuple[str, int]] = set()
        for file, rows in self.rows.items():
            for ordinal, row in enumerate(rows) if file.path in arrived else ():
                if isinstance(row, Event):
                    copies.setdefault(row.event_id, []).append((row.received_at, file.path, ordinal))
                else:
                    refused.add((file.path, ordinal))
        ordered = [sorted(found) for found in copies.values()]
        return {
            "events": {found[0][1:] for found in ordered},
            "duplicates": {copy[1:] for found in ordered for copy in found[1:]},
            "rejected_events": refused,
        }


def make_world(landing: Landing, dice: random.Random) -> World:
    """Write five files over three hours with prompt, late and timeless copies of each other, and a refused one."""
    world = World({})
    for number in range(5):
        hour = dice.randrange(3)
        rows: list[Event | Rejected] = []
        for position in range(dice.randrange(1, 6)):
            message = f"m{dice.randrange(7)}"
            received = at(hour, dice.randrange(4) * 1_000_000)
            client = {0: None, 1: at(0) - 3 * DAY_US, 2: at(0, -5_000_000)}[int(message[1:]) % 3]
            rows.append(event(message, received, client, properties=f'{{"copy":{number * 10 + position}}}'))
        rows.sort(key=lambda row: row.received_at)
        world.rows[write_part(landing, rows, f"{dice.random()}")] = rows
    refused: list[Event | Rejected] = [rejected(at(1)), rejected(at(1, 5))]
    world.rows[write_part(landing, refused, "refused")] = refused
    return world


def resting(store: Store) -> dict[str, set[tuple[str, int]]]:
    found = {}
    for table in ("events", "duplicates", "rejected_events"):
        rows = store.connection.execute(f"select source_file, ordinal from {table}").fetchall()
        assert len(rows) == len(set(rows)), f"{table} holds a row twice"
        found[table] = set(rows)
    return found


def live_a_history(seed: int) -> None:
    """Let files arrive in a random order and grouping, with other acts in between; check after every step."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        store = new_store(Path(folder))
        world = make_world(store.landing, dice)
        visible = Visible(store.landing.root)
        store = replace(store, landing=visible)
        parts = list(world.rows)
        waiting = dice.sample(parts, len(parts))
        while waiting:
            group = [waiting.pop() for _ in range(min(len(waiting), dice.randrange(1, 4)))]
            visible.arrived |= {part.path for part in group}
            load_hours(store, {part.hour for part in group})
            assert resting(store) == world.resting(visible.arrived)
            act(store, parts, dice)
            assert resting(store) == world.resting(visible.arrived)
        states = hour_states(store.connection, visible, {part.hour for part in parts})
        assert all(state.adds_up and state.unique and state.fingerprint for state in states.values())
        store.connection.close()


def act(store: Store, parts: list[PartFile], dice: random.Random) -> None:
    """Do something that must change nothing."""
    match dice.randrange(3):
        case 0:
            replace_hour(store, dice.choice(parts).hour)
            load_hours(store, {part.hour for part in parts})
        case 1:
            load_hours(store, {part.hour for part in parts})
        case 2:
            tidy(store.settings)


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000_000))
def test_loads_commute(seed: int) -> None:
    live_a_history(seed)
