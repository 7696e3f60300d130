"""A run of the marts, their file, or an upgrade, killed at every step: started again, all is as without."""

import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from tests.tracking_pipeline.lake.parts import at, event, hours, new_store, rejected, write_part
from tests.tracking_pipeline.marts.test_lake import marts
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.marts import analytics_due
from tracking_pipeline.lake.marts.analytics import publish
from tracking_pipeline.lake.marts.refresh import read_state, rebuild, refresh
from tracking_pipeline.lake.marts.tables import MARTS
from tracking_pipeline.lake.replace import replace_hour
from tracking_pipeline.lake.schema import make_lake
from tracking_pipeline.lake.upkeep import tidy

pytestmark = [pytest.mark.slow, pytest.mark.drill]

MINUTE_US = 60_000_000
SWAP = {"event_name": "lifi_route_execution_started", "properties": '{"route_id":"r","from_amount_usd":"1.5"}'}
# computed: before the transaction; the first and the last mart, written: inside; committed: after it
STEPS = ("computed", MARTS[0].name, MARTS[-1].name, "written", "committed")
UPGRADE_STEPS = ("written", "committed", "flushed")
PUBLISH_STEPS = ("copied", "written", "placed")

# Imports once, then each victim is a fork: it opens the lake itself and is killed at its step.
DRIVER = """
import os, signal, sys
from pathlib import Path
from ingest_api.settings import Settings
from tracking_pipeline.lake.marts.analytics import publish
from tracking_pipeline.lake.marts.refresh import refresh
from tracking_pipeline.lake.schema import make_lake

def die(name):
    if name == step:
        os.kill(os.getpid(), signal.SIGKILL)

for line in sys.stdin:
    act, step = line.split()
    pid = os.fork()
    if pid == 0:
        settings = Settings(_env_file=None, data_dir=Path(sys.argv[1]))
        {"upgrade": make_lake, "refresh": refresh, "publish": publish}[act](settings, die)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Victims:
    """The driver's process; ``kill`` runs a victim to its step."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", DRIVER, str(folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def kill(self, act: str, step: str) -> None:
        """Start a victim at this act and see it die by SIGKILL at this step."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{act} {step}\n")
        self._process.stdin.flush()
        assert int(self._process.stdout.readline()) == -signal.SIGKILL

    def end(self) -> None:
        """Let the driver end."""
        self._process.communicate(timeout=60)


def grow(store: Store, number: int) -> None:
    """Load one more part: late events, bridges, a login; every third time an hour is replaced as well."""
    ids = {"anonymous_id": f"a{number % 2}", "device_id": "d", "user_id": "u" if number > 2 else None}
    told = [event(f"{number}-{n}", at(5, n), at(4, (n * 20 - number) * MINUTE_US), **ids) for n in range(3)]
    write_part(store.landing, [*told, event(f"{number}-swap", at(5, 9), at(4), **ids, **SWAP)], str(number))
    load_hours(store, hours(5))
    if number % 3 == 0:
        replace_hour(store, hours(5)[0])


def test_a_run_killed_at_any_step_is_made_good_by_the_next(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    victims = Victims(tmp_path)
    for number, step in enumerate(STEPS):
        grow(store, number)
        seen = read_state(store.connection).load_id
        victims.kill("refresh", step)
        moved_on = read_state(store.connection).load_id > seen
        assert moved_on == (step == "committed"), step
    victims.end()

    refresh(store.settings)

    kept_up = marts(store)
    assert len(kept_up["sessions"]) > 0
    rebuild(store.settings)
    assert kept_up == marts(store)
    assert store.connection.execute("select count(*) from removed").fetchone() == (0,)
    store.connection.close()


def test_an_upgrade_killed_at_any_step_is_done_by_the_next_start(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    grow(store, 0)
    refresh(store.settings)
    before = marts(store)
    victims = Victims(tmp_path)
    for number, step in enumerate(UPGRADE_STEPS):
        for statement in ("alter table events drop column wallets", "alter table sessions drop column exit_path"):
            store.connection.execute(statement)
        records = count(store, "upgrades")

        victims.kill("upgrade", step)

        is_done = step != "written"
        assert count(store, "upgrades") == records + is_done
        assert ("wallets" in columns(store, "events")) == ("exit_path" in columns(store, "sessions")) == is_done
        make_lake(store.settings)
        assert count(store, "upgrades") == records + 1
        assert_readers_outlive_upkeep(store, number)
        refresh(store.settings)
        assert marts(store) == before
    victims.end()
    store.connection.close()


def assert_readers_outlive_upkeep(store: Store, number: int) -> None:
    """Who begins to read when the upgrade is over reads on, whatever is flushed of what was there before."""
    with attach.opened(store.settings, read_only=True) as reader:
        seen = reader.execute("select * from events order by event_id").fetchall()
        write_part(store.landing, [rejected(at(6, number))], f"refused {number}")
        load_hours(store, hours(6))
        tidy(store.settings)
        assert reader.execute("select * from events order by event_id").fetchall() == seen


def test_a_file_killed_at_any_step_is_whole_and_the_next_run_makes_the_new_one(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    grow(store, 0)
    refresh(store.settings)
    publish(store.settings)
    victims = Victims(tmp_path)
    for number, step in enumerate(PUBLISH_STEPS, start=1):
        old = published(store)
        grow(store, number)
        refresh(store.settings)

        victims.kill("publish", step)

        assert published(store) == (marts(store) if step == "placed" else old), step
        assert analytics_due.reason_to_wait(store.settings, time.time() + 60) is None
        publish(store.settings)
        assert published(store) == marts(store) != old
        left = {path.name for path in tmp_path.iterdir() if "analytics" in path.name}
        assert left == {analytics_due.NAME}
    victims.end()
    store.connection.close()


def published(store: Store) -> dict[str, list[object]]:
    """Return all rows of the file's marts, as ``marts`` does of the lake's."""
    with duckdb.connect(":memory:") as file:  # a name of its own: a process keeps one version of a path open
        copy = shutil.copy(analytics_due.path_of(store.settings), store.settings.lake_dir / "copy.duckdb")
        file.execute(f"attach '{copy}' as file (read_only)")
        file.execute("use file")
        return marts(replace(store, connection=file))


def count(store: Store, table: str) -> int:
    """Return how many rows a table has."""
    [(found,)] = store.connection.execute(f"select count(*) from {table}").fetchall()
    return int(found)


def columns(store: Store, table: str) -> list[str]:
    """Return the columns that a table has now."""
    return [name for name, *_ in store.connection.execute(f"describe {table}").fetchall()]
