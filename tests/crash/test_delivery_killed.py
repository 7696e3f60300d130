"""A sender killed at every step: what certainly did not leave is sent once, what may have left never again."""

import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tracking_pipeline.delivery.server import HANG_UP, Collect
from tests.tracking_pipeline.delivery.world import SECOND_US, World, clicks_of_three, new_world
from tracking_pipeline.lake import attach

pytestmark = pytest.mark.slow

VICTIM = """
import os, signal, sys
from pathlib import Path
from ingest_api.settings import Settings
from tracking_pipeline.delivery.sender import Limits, deliver

folder, endpoint, fatal, calls, connections = sys.argv[1:]
left = int(calls)

def step(name):
    global left
    left -= name == fatal
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

settings = Settings(_env_file=None, data_dir=Path(folder), ga4_endpoint=endpoint)
deliver(settings, step=step, limits=Limits(connections=int(connections)))
"""

# step of the sender, its n-th call → what of the requests a, b, c can never be known
POINTS = {
    "before the lease": ("lease", 1, ""),
    "leased, nothing journalled": ("leased", 1, ""),
    "first journalled, not sent": ("journalled", 1, "a"),
    "second journalled, not sent": ("journalled", 2, "b"),
    "first answered, not noted": ("answered", 1, "a"),
    "last answered, not noted": ("answered", 3, "c"),
    "first noted, not in the ledger": ("noted", 1, ""),
    "all noted, none in the ledger": ("noted", 3, ""),
    "all in the ledger, run not ended": ("recorded", 1, ""),
}
NEVER_ARRIVES = {"journalled"}  # unknown to the sender, but killed before its bytes left


@pytest.fixture
def world(tmp_path: Path, collect: Collect) -> Iterator[World]:
    """A lake with two clicks of each of three clients, nothing sent yet."""
    made = new_world(tmp_path, collect.url)
    made.load(clicks_of_three(made))
    yield made
    made.store.connection.close()


def kill_sender(world: World, step: str, calls: int, connections: int = 1) -> None:
    command = [sys.executable, "-c", VICTIM, str(world.settings.data_dir), world.settings.ga4.endpoint]
    done = subprocess.run([*command, step, str(calls), str(connections)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL


def names_of(clients: str) -> set[str]:
    return {f"{client}{number}" for client in clients for number in (1, 2)}


def assert_ends_well(world: World, collect: Collect, unknown: set[str], arrived: set[str]) -> None:
    """Every stored event has one state; the unknown are uncertain; nothing arrived twice."""
    everything = names_of("abc")
    expected = {name: "uncertain" if name in unknown else "sent" for name in everything}
    assert world.states() == expected
    assert sum(Counter(world.states().values()).values()) == world.stored() == len(everything)
    assert Counter(collect.names()) == dict.fromkeys(arrived, 1)


@pytest.mark.parametrize(("step", "calls", "unknown"), POINTS.values(), ids=POINTS)
def test_a_killed_sender_loses_nothing_and_sends_nothing_twice(
    world: World, collect: Collect, step: str, calls: int, unknown: str
) -> None:
    kill_sender(world, step, calls)
    assert sum(Counter(world.states().values()).values()) == world.stored()

    first = world.deliver()
    second = world.deliver()

    missing = names_of(unknown) if step in NEVER_ARRIVES else set()
    assert_ends_well(world, collect, names_of(unknown), names_of("abc") - missing)
    assert first.stopped_reason is None
    assert (second.requests, second.recovered, second.sent) == (0, 0, 0)


@pytest.mark.parametrize(("step", "calls"), [("journalled", 2), ("answered", 1), ("answered", 2), ("noted", 2)])
def test_a_kill_amid_parallel_requests_leaves_no_more_unknown_than_were_under_way(
    world: World, collect: Collect, step: str, calls: int
) -> None:
    kill_sender(world, step, calls, connections=2)
    arrived = set(collect.names())

    world.deliver()
    world.deliver()

    unknown = {name for name, state in world.states().items() if state == "uncertain"}
    assert len(unknown) <= 2 * 2  # two requests of two events
    assert set(Counter(collect.names()).values()) == {1}
    assert set(collect.names()) | unknown == names_of("abc")
    assert arrived <= set(collect.names())


@pytest.mark.parametrize(("step", "calls"), [("noted", 3), ("take back", 1), ("taken back", 1)])
def test_a_sender_killed_while_it_stops_for_rejections_still_takes_them_back(
    world: World, collect: Collect, step: str, calls: int
) -> None:
    world.load([world.click("d1", "d", 2 * SECOND_US), world.click("d2", "d", SECOND_US)])
    for _ in range(4):
        collect.then(403)
    kill_sender(world, step, calls)

    probed = world.deliver()

    assert (probed.requests, collect.names()[6:]) == (1, ["d1"])
    assert set(world.states().values()) <= {"retry", "unsent"}

    world.pause(901)
    cured = world.deliver()

    assert set(world.states().values()) == {"sent"}
    assert (cured.sent, cured.pending) == (8, 0)


def test_after_a_sender_that_was_killed_amid_unknown_outcomes_one_event_probes(world: World, collect: Collect) -> None:
    world.load([world.click("d1", "d", 2 * SECOND_US), world.click("d2", "d", SECOND_US)])
    for _ in range(4):
        collect.then(HANG_UP)
    kill_sender(world, "noted", 3)

    probed = world.deliver()

    assert (probed.requests, collect.names()[6:]) == (1, ["d1"])


def test_a_killed_sender_takes_nothing_back_that_alone_was_rejected(world: World, collect: Collect) -> None:
    for answer in (204, 403, 403):
        collect.then(answer)
    kill_sender(world, "noted", 3)

    world.deliver()

    assert world.states() == {name: "sent" if name in names_of("a") else "dead" for name in names_of("abc")}


def test_senders_killed_one_after_the_other_add_up_to_one(world: World, collect: Collect) -> None:
    kill_sender(world, "leased", 1)
    kill_sender(world, "answered", 1)
    kill_sender(world, "lease", 1)
    kill_sender(world, "noted", 1)
    kill_sender(world, "journalled", 1)

    world.deliver()
    world.deliver()

    assert_ends_well(world, collect, names_of("ac"), names_of("ab"))


def test_a_lost_journal_makes_its_open_leases_uncertain(world: World, collect: Collect) -> None:
    kill_sender(world, "answered", 2)
    for journal in (world.settings.delivery_dir / "ga4").glob("*.ndjson"):
        journal.unlink()

    world.deliver()
    world.deliver()

    assert_ends_well(world, collect, names_of("abc"), names_of("ab"))
    assert {reason for _, reason in world.reasons().values()} == {"journal_missing"}


def test_a_torn_last_journal_line_never_left(world: World, collect: Collect) -> None:
    kill_sender(world, "journalled", 2)
    (journal,) = (world.settings.delivery_dir / "ga4").glob("*.ndjson")
    journal.write_bytes(journal.read_bytes()[:-9])

    world.deliver()
    world.deliver()

    assert_ends_well(world, collect, set(), names_of("abc"))


def test_a_journal_damaged_before_its_tail_proves_nothing(world: World, collect: Collect) -> None:
    kill_sender(world, "journalled", 2)
    (journal,) = (world.settings.delivery_dir / "ga4").glob("*.ndjson")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([lines[0], lines[1].replace(b"a", b"b"), *lines[2:]]))

    world.deliver()
    world.deliver()

    assert_ends_well(world, collect, names_of("abc"), names_of("a"))


def test_a_catalog_restored_from_a_backup_sends_nothing_again(tmp_path: Path, collect: Collect) -> None:
    world = new_world(tmp_path, collect.url)
    world.load(clicks_of_three(world))
    world.store.connection.close()
    lake, backup = world.settings.lake_dir, tmp_path / "backup"
    shutil.copytree(lake, backup)
    world.deliver()
    shutil.rmtree(lake)
    backup.rename(lake)

    restored = World(replace(world.store, connection=attach.connect(world.settings)), world.settings, 0)
    before = set(restored.states().values())
    restored.deliver()
    restored.deliver()

    assert before == {"unsent"}
    assert_ends_well(restored, collect, set(), names_of("abc"))
    restored.store.connection.close()
