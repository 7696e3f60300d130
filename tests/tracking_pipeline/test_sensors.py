"""The sensor: an hour is owed until its newest materialization carries its files' fingerprint."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from ingest_api.partitions import HOUR_US, hour_of
from tests.tracking_pipeline.lake.parts import MIDNIGHT_US, event, new_store, write_part
from tracking_pipeline import sensors
from tracking_pipeline.definitions import build
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.names import EVENTS, LOAD_JOB

NOW_US = int(dt.datetime.now(dt.UTC).timestamp() * 1e6)
SECOND_US = 1_000_000


class World:
    """A lake, Dagster's instance, and the sensor's cursor between its ticks."""

    def __init__(self, store: Store, instance: dg.DagsterInstance) -> None:
        settings = store.settings.model_copy(update={"start_date": dt.datetime.now(dt.UTC).date() - dt.timedelta(2)})
        self.store = store
        self.instance = instance
        self.defs = build(settings)
        self.settings = settings
        self.cursor: str | None = None

    def tick(self) -> dg.SensorResult:
        """Let the sensor look once."""
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, definitions=self.defs, resources={"settings": self.settings}
        )
        result = self.defs.resolve_sensor_def("new_part_files").evaluate_tick(context)
        self.cursor = result.cursor
        return result

    def run(self, request: dg.RunRequest) -> bool:
        """Run what the sensor asked for."""
        job = self.defs.resolve_job_def(LOAD_JOB)
        return job.execute_in_process(
            run_config=request.run_config, instance=self.instance, raise_on_error=False
        ).success

    def loaded_hours(self) -> set[str]:
        return set(self.instance.get_materialized_partitions(EVENTS))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(sensors, "WATCH_S", 0.0)
    monkeypatch.setattr("tracking_pipeline.lake.drain.IDLE_S", 0.2)
    store = new_store(tmp_path)
    with dg.instance_for_test() as instance:
        yield World(store, instance)
    store.connection.close()


def put(world: World, name: str, received_at: int) -> str:
    write_part(world.store.landing, [event(name, received_at)], name)
    return hour_of(received_at).key


def test_a_new_file_is_asked_for_loaded_and_then_owed_no_more(world: World) -> None:
    key = put(world, "a", NOW_US)

    [request] = world.tick().run_requests
    assert request.run_key is None
    assert request.run_config["ops"]["drain_landing"]["config"]["hours"] == [key]
    assert world.run(request)

    assert world.loaded_hours() == {key}
    quiet = world.tick()
    assert quiet.run_requests == []
    assert quiet.skip_message == "every hour's files are loaded"


def test_a_late_file_in_an_old_hour_is_asked_for(world: World) -> None:
    put(world, "a", NOW_US)
    world.run(world.tick().run_requests[0])
    key = put(world, "late", NOW_US - 5 * HOUR_US)

    [request] = world.tick().run_requests

    assert request.run_config["ops"]["drain_landing"]["config"]["hours"] == [key]


def test_a_lost_run_is_asked_for_again_after_a_pause(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    put(world, "a", NOW_US)
    world.tick()

    assert world.tick().run_requests == []
    cursor = json.loads(world.cursor or "{}")
    [(key, (count, at, files))] = cursor["tries"].items()
    world.cursor = json.dumps({**cursor, "tries": {key: [count, at - 3, files]}})

    assert len(world.tick().run_requests) == 1


def test_hours_without_a_partition_load_and_do_not_fail_the_tick(world: World) -> None:
    ahead = put(world, "ahead", NOW_US + 30 * HOUR_US)
    before = put(world, "before", MIDNIGHT_US - 300 * 24 * HOUR_US)

    [request] = world.tick().run_requests
    assert set(request.run_config["ops"]["drain_landing"]["config"]["hours"]) == {ahead, before}
    assert world.run(request)

    names = world.store.connection.execute("select message_id from events order by 1").fetchall()
    assert names == [("ahead",), ("before",)]
    assert world.loaded_hours() == set()
    quiet = world.tick()
    assert quiet.run_requests == []
    assert ahead in (quiet.skip_message or "")
    assert before in (quiet.skip_message or "")


@pytest.mark.slow
def test_strays_and_a_damaged_file_do_not_fail_the_tick(world: World) -> None:
    key = put(world, "good", NOW_US)
    folder = world.store.landing.root / "events" / hour_of(NOW_US).folder
    (folder / "stray.parquet").mkdir()
    (folder / "part-1795564800000-0123456789abcdef-7.parquet").write_bytes(b"half a file")
    (world.store.landing.root / "events" / "date=nonsense").mkdir()

    [request] = world.tick().run_requests

    assert world.run(request)
    assert world.loaded_hours() == {key}
    assert world.store.connection.execute("select rows from set_aside").fetchall() == [(7,)]
    assert world.tick().run_requests == []


def test_a_cursor_that_cannot_be_read_costs_one_long_look(world: World) -> None:
    put(world, "a", NOW_US)
    world.cursor = "{broken"

    assert len(world.tick().run_requests) == 1


@pytest.mark.slow
def test_replacing_a_range_reports_every_hour_and_changes_nothing(world: World) -> None:
    first, last = put(world, "a", NOW_US - 2 * HOUR_US), put(world, "b", NOW_US - HOUR_US)
    world.run(world.tick().run_requests[0])
    before = world.store.connection.execute("select event_id, source_file, ordinal from events order by 1").fetchall()

    done = world.defs.resolve_job_def("__ASSET_JOB").execute_in_process(
        instance=world.instance,
        asset_selection=[EVENTS],
        tags={"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last},
    )

    assert done.success
    after = world.store.connection.execute("select event_id, source_file, ordinal from events order by 1").fetchall()
    assert after == before
    assert all(evaluation.passed for evaluation in done.get_asset_check_evaluations())
    assert world.tick().run_requests == []


@pytest.mark.slow
def test_a_row_that_vanished_turns_the_hours_check_red_until_it_is_replaced(world: World) -> None:
    key = put(world, "a", NOW_US - HOUR_US)
    world.run(world.tick().run_requests[0])
    world.store.connection.execute("delete from events")
    put(world, "b", NOW_US - HOUR_US)

    world.run(world.tick().run_requests[0])
    red = world.instance.get_latest_materialization_event(EVENTS)
    job = world.defs.resolve_job_def("__ASSET_JOB")
    mended = job.execute_in_process(instance=world.instance, asset_selection=[EVENTS], partition_key=key)

    assert red is not None
    assert mended.success
    assert world.store.connection.execute("select count(*) from events").fetchone() == (2,)


def test_definitions_load_and_are_light(world: World) -> None:
    dg.Definitions.validate_loadable(world.defs)
