"""Runs whose worker is gone end; run history is deleted, but never the newest run of a partition."""

import datetime as dt
import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import dagster as dg
import pytest
from dagster._core.events import EngineEventData

from tests.tracking_pipeline.operations.test_dagster_home import start_a_run
from tracking_pipeline.operations import reap as module
from tracking_pipeline.operations.reap import purge, reap

pytestmark = pytest.mark.slow

HOURS = dg.HourlyPartitionsDefinition(start_date="2026-11-20-00:00", timezone="UTC")
KEEP_NOTHING = -1  # days; everything that has ended is old


@dg.asset(partitions_def=HOURS)
def events() -> None:
    """Stand for the pipeline's partitioned asset."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    return tmp_path


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(home)) as opened:
        yield opened


def materialize(instance: dg.DagsterInstance, hour: str) -> str:
    return dg.materialize([events], instance=instance, partition_key=f"2026-11-20-{hour}:00").run_id


def databases(home: Path) -> set[str]:
    return {path.stem for path in (home / "history" / "runs").glob("*-*.db")}


def test_run_without_a_worker_is_failed(instance: dg.DagsterInstance) -> None:
    run_id = start_a_run(instance)

    reaped = reap(instance)

    assert reaped == [run_id]
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.status is dg.DagsterRunStatus.FAILURE
    assert reap(instance) == []


def test_run_whose_worker_lives_goes_on(instance: dg.DagsterInstance) -> None:
    run_id = start_a_run(instance)
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    worker = context.Process(target=_wait, args=(stop,))
    worker.start()
    try:
        _report_worker(instance, run_id, worker.pid)
        reaped = reap(instance)
    finally:
        stop.set()
        worker.join()

    assert reaped == []
    assert reap(instance) == [run_id]


def test_number_that_another_program_has_now_is_no_worker(instance: dg.DagsterInstance) -> None:
    run_id = start_a_run(instance)
    _report_worker(instance, run_id, 1)

    assert reap(instance) == [run_id]


def test_purge_keeps_the_newest_run_of_each_partition(instance: dg.DagsterInstance, home: Path) -> None:
    runs = [materialize(instance, hour) for hour in ("00", "01", "00", "02", "02")]

    purged = purge(instance, home, KEEP_NOTHING)

    assert purged == 2
    assert {run.run_id for run in instance.get_runs()} == {runs[1], runs[2], runs[4]}
    assert databases(home) == {runs[1], runs[2], runs[4]}
    assert instance.get_materialized_partitions(events.key) == {f"2026-11-20-0{hour}:00" for hour in range(3)}
    assert purge(instance, home, KEEP_NOTHING) == 0


def test_purge_keeps_what_is_young_or_going_on(instance: dg.DagsterInstance, home: Path) -> None:
    runs = {materialize(instance, "00"), materialize(instance, "00"), start_a_run(instance)}

    assert purge(instance, home, keep_days=1) == 0
    assert {run.run_id for run in instance.get_runs()} == runs


def test_purge_of_a_run_that_materialized_nothing(instance: dg.DagsterInstance, home: Path) -> None:
    @dg.job
    def nothing() -> None: ...

    run_id = nothing.execute_in_process(instance=instance).run_id
    (home / "storage" / run_id).mkdir(parents=True, exist_ok=True)

    assert purge(instance, home, KEEP_NOTHING) == 1
    assert not (home / "storage" / run_id).exists()
    assert databases(home) == set()


def test_purge_finishes_what_a_killed_one_began(
    instance: dg.DagsterInstance, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [materialize(instance, "00") for _ in range(3)]

    with monkeypatch.context() as patch:
        patch.setattr(module, "_delete_files", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            purge(instance, home, KEEP_NOTHING)
    assert databases(home) == set(runs)
    purge(instance, home, KEEP_NOTHING)

    assert {run.run_id for run in instance.get_runs()} == {runs[2]}
    assert databases(home) == {runs[2]}


def _wait(stop: Event) -> None:
    stop.wait(dt.timedelta(minutes=1).total_seconds())


def _report_worker(instance: dg.DagsterInstance, run_id: str, pid: int | None) -> None:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    event = dg.DagsterEvent("ENGINE_EVENT", run.job_name, event_specific_data=EngineEventData(), pid=pid)
    entry = dg.EventLogEntry(None, "info", "", run_id, 0.0, job_name=run.job_name, dagster_event=event)
    instance.handle_new_event(entry)


def test_purge_deletes_what_succeeded_sooner(instance: dg.DagsterInstance, home: Path) -> None:
    old, newest = materialize(instance, "00"), materialize(instance, "00")

    assert purge(instance, home, keep_days=14, keep_success_hours=0) == 1
    assert {run.run_id for run in instance.get_runs()} == {newest}
    assert old not in databases(home)
