"""Backup and restore, tried: every row is back, in a moved folder too; what may have been sent is not sent again."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest_api.landing import Landing
from ingest_api.settings import Settings
from tests.docs.pages import DOCS, fences
from tests.tracking_pipeline.delivery.server import Collect
from tests.tracking_pipeline.delivery.world import World, new_world
from tests.tracking_pipeline.lake.parts import resting
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.backup import CATALOG
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.operations import checks
from tracking_pipeline.operations.backup import RESTORED, back_up, restore
from tracking_pipeline.operations.checks import Refused
from tracking_pipeline.operations.make_lake import main as make_lake_at_start

pytestmark = [pytest.mark.slow, pytest.mark.drill]
STEPS = ("mark", "move aside", "put in place", "load", "close", "unmark")


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def world(tmp_path: Path, collect: Collect) -> Iterator[World]:
    """A lake in which `before` was sent, and `open` was not yet."""
    made = new_world(tmp_path / "data", collect.url, ga4_measurement_id="G-TEST", ga4_api_secret="s3cr3t-of-tests")
    made.load([made.click("before")])
    made.deliver()
    made.load([made.click("open", "bob")])
    yield made
    made.store.connection.close()


def reopened(world: World, data_dir: Path | None = None) -> World:
    """The same world after its lake was replaced, or in another data folder."""
    world.store.connection.close()
    settings = world.settings.model_copy(update={"data_dir": data_dir or world.settings.data_dir})
    store = Store(attach.connect(settings), settings, Landing(settings.landing_dir))
    return replace(world, store=store, settings=settings)


def query(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with attach.opened(settings, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def later(world: World) -> None:
    """What happens after the backup: `open` is sent, and `after` is received and sent."""
    world.deliver()
    world.load([world.click("after", "cat")])
    world.deliver()


def test_what_may_have_been_sent_since_the_backup_is_uncertain_and_not_sent_again(
    world: World, collect: Collect, tmp_path: Path
) -> None:
    back_up(world.settings, tmp_path / "backup")
    later(world)
    assert collect.names() == ["before", "open", "after"]
    shutil.rmtree(world.settings.delivery_dir)  # the disk is gone, but for the part files
    world.store.connection.close()

    done = restore(world.settings, tmp_path / "backup")
    restored = reopened(world)
    restored.deliver()

    assert restored.reasons() == {
        "before": ("sent", None),
        "open": ("uncertain", "restored"),
        "after": ("uncertain", "restored"),
    }
    assert (done.hours_loaded, done.uncertain) == (1, {"ga4": 2})
    assert collect.names() == ["before", "open", "after"]
    restored.load([restored.click("new", "dan")])
    restored.deliver()
    assert collect.names()[3:] == ["new"]
    restored.store.connection.close()


def test_journals_that_are_still_there_say_what_was_sent(world: World, collect: Collect, tmp_path: Path) -> None:
    back_up(world.settings, tmp_path / "backup")
    later(world)
    world.store.connection.close()

    done = restore(world.settings, tmp_path / "backup")

    restored = reopened(world)
    assert restored.states() == dict.fromkeys(("before", "open", "after"), "sent")
    assert done.uncertain == {"ga4": 0}
    assert done.moved_aside is not None
    assert (done.moved_aside / CATALOG).exists()
    restored.deliver()
    assert collect.names() == ["before", "open", "after"]
    restored.store.connection.close()


def test_a_backup_opens_in_another_folder_for_writers_and_for_plain_readers(world: World, tmp_path: Path) -> None:
    rows = resting(world.store)
    first = back_up(world.settings, tmp_path / "backup")
    shutil.move(tmp_path / "backup", tmp_path / "elsewhere")
    other = world.settings.model_copy(update={"data_dir": tmp_path / "other"})
    for kind in ("events", "rejected"):
        shutil.copytree(world.settings.data_dir / kind, other.data_dir / kind)

    restore(other, tmp_path / "elsewhere")

    moved = reopened(world, other.data_dir)
    assert resting(moved.store) == rows
    moved.load([moved.click("written", "eve")])
    shell = duckdb.connect()
    for name in attach.EXTENSIONS:
        attach.load_extension(shell, name)
    shell.execute(f"attach 'ducklake:sqlite:{other.lake_dir / CATALOG}' as lake (read_only)")
    assert shell.execute("select count(*) from lake.events").fetchone() == (3,)
    assert first.new_files == first.files
    assert (other.lake_dir / CATALOG).stat().st_mode & 0o777 == 0o600
    shell.close()
    moved.store.connection.close()


def test_a_second_backup_copies_only_what_is_new_and_drops_what_is_gone(world: World, tmp_path: Path) -> None:
    world.load([world.click(f"many{n}", f"client{n}") for n in range(50)])  # over the limit of rows kept in the catalog
    first = back_up(world.settings, tmp_path / "backup")
    stray = tmp_path / "backup" / "data" / "main" / "events" / "stray.parquet"
    stray.write_bytes(b"of a killed backup")
    world.load([world.click(f"more{n}", f"client{n}") for n in range(50)])

    second = back_up(world.settings, tmp_path / "backup")

    assert first.files > 0
    assert (second.files, second.new_files) == (first.files + 1, 1)
    assert not stray.exists()


def test_a_damaged_backup_is_refused_and_changes_nothing(world: World, tmp_path: Path) -> None:
    world.load([world.click(f"many{n}", f"client{n}") for n in range(50)])
    back_up(world.settings, tmp_path / "backup")
    name = next((tmp_path / "backup" / "data").rglob("*.parquet")).relative_to(tmp_path / "backup")
    damages: dict[str, Callable[[Path], object]] = {
        "gone or have another size": lambda copy: (copy / name).unlink(),
        "1 of 1 files": lambda copy: os.truncate(copy / name, 9),
        "is no catalog of a lake": lambda copy: (copy / CATALOG).write_bytes(b"no database" * 1000),
        "holds no finished backup": lambda copy: (copy / CATALOG).unlink(),
    }
    for number, (says, damage) in enumerate(damages.items()):
        copy = tmp_path / f"copy{number}"
        shutil.copytree(tmp_path / "backup", copy)
        damage(copy)

        with pytest.raises(Refused, match=rf"^Nothing was changed: .*{says}"):
            restore(world.settings, copy)

    assert query(world.settings, "select count(*) from events") == [(52,)]


def test_a_restore_killed_at_any_step_ends_as_one_that_was_not(world: World, collect: Collect, tmp_path: Path) -> None:
    back_up(world.settings, tmp_path / "backup")
    later(world)
    shutil.rmtree(world.settings.delivery_dir)
    world.store.connection.close()
    for step in STEPS:

        def kill(name: str, step: str = step) -> None:
            if name == step:
                raise Killed

        with pytest.raises(Killed):
            restore(world.settings, tmp_path / "backup", step=kill)
        if step in ("put in place", "unmark"):  # what every start does first
            make_lake_at_start(world.settings)
            assert not (world.settings.lake_dir / RESTORED).exists()

    restored = reopened(world)
    assert restored.states() == {"before": "sent", "open": "uncertain", "after": "uncertain"}
    restored.deliver()
    assert collect.names() == ["before", "open", "after"]
    restored.store.connection.close()


def test_a_moved_data_folder_is_found_again_at_the_next_start_and_a_catalog_alone_is_refused(
    world: World, tmp_path: Path
) -> None:
    world.load([world.click(f"many{n}", f"client{n}") for n in range(50)])
    rows = resting(world.store)
    world.store.connection.close()
    alone = world.settings.model_copy(update={"data_dir": tmp_path / "alone"})
    alone.lake_dir.mkdir(parents=True)
    shutil.copy(world.settings.lake_dir / CATALOG, alone.lake_dir / CATALOG)
    shutil.move(world.settings.data_dir, tmp_path / "moved")
    moved = world.settings.model_copy(update={"data_dir": tmp_path / "moved"})

    make_lake_at_start(moved)
    with pytest.raises(Refused, match=r"Move the whole folder, or restore a backup with `tracking restore`"):
        make_lake_at_start(alone)

    there = reopened(world, moved.data_dir)
    assert resting(there.store) == rows
    there.load([there.click("written", "eve")])
    there.store.connection.close()


def test_what_would_do_harm_is_refused(world: World, tmp_path: Path) -> None:
    checks.check_data_dir(world.settings)
    with checks.only_one(world.settings):
        back_up(world.settings, tmp_path / "backup")  # while everything runs
        with pytest.raises(Refused, match="Another `tracking up`"):
            restore(world.settings, tmp_path / "backup")
    with pytest.raises(Refused, match="inside the data folder"):
        back_up(world.settings, world.settings.data_dir / "backup")
    with pytest.raises(Refused, match="TRACKING_CATALOG"):
        back_up(world.settings.model_copy(update={"catalog": "ducklake:postgres:"}), tmp_path / "backup")


def test_the_steps_of_the_operations_page(world: World, tmp_path: Path) -> None:
    save, put_back = [block for block in fences(DOCS / "operations.md", "sh") if "/mnt/backup" in block]
    world.store.connection.close()

    run_steps(world, save, tmp_path)
    shutil.rmtree(world.settings.data_dir)
    run_steps(world, put_back.replace("tracking up\n", ""), tmp_path)

    assert query(world.settings, "select event_name, state from delivery_status order by all") == [
        ("before", "sent"),
        ("open", "uncertain"),
    ]


def run_steps(world: World, steps: str, folder: Path) -> None:
    """Run a block of the page as it stands, in the folder that holds `data`; only the backup's disk is another."""
    settings = world.settings
    target = {"GA4_ENDPOINT": settings.ga4_endpoint, "GA4_MEASUREMENT_ID": settings.ga4_measurement_id}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    steps = f"set -e\n{steps.replace('/mnt/backup', str(folder / 'disk'))}"
    subprocess.run(
        ["bash", "-c", steps],
        cwd=folder,
        env={**os.environ, **target, "GA4_API_SECRET": settings.ga4_api_secret, "PATH": path},
        check=True,
        timeout=120,
    )
