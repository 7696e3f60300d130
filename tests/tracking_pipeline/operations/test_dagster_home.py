"""A home as ``tracking up`` makes it, opened by Dagster itself."""

import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from ingest_api.settings import Settings
from tests.tracking_pipeline.operations.settings import make_settings
from tracking_pipeline.operations import dagster_home
from tracking_pipeline.operations.checks import check_data_dir


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    made = make_settings(tmp_path)
    check_data_dir(made)
    dagster_home.write_files(made)
    monkeypatch.setenv("DAGSTER_HOME", str(made.dagster_home))
    return made


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as opened:
        yield opened


def start_a_run(instance: dg.DagsterInstance) -> str:
    @dg.job
    def anything() -> None: ...

    run = instance.create_run_for_job(anything)
    instance.handle_new_event(_started(run))
    return run.run_id


def _started(run: dg.DagsterRun) -> dg.EventLogEntry:
    event = dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, run.job_name)
    return dg.EventLogEntry(None, "info", "", run.run_id, 0.0, job_name=run.job_name, dagster_event=event)


def test_dagster_takes_our_settings(instance: dg.DagsterInstance) -> None:
    assert not instance.telemetry_enabled
    assert not instance.nux_enabled
    assert instance.run_monitoring_enabled
    assert instance.run_monitoring_max_runtime_seconds == 900
    assert instance.run_retries_enabled
    assert not instance.run_retries_retry_on_asset_or_op_failure
    assert instance.get_concurrency_config().run_queue_config.max_concurrent_runs == 6
    assert type(instance.compute_log_manager).__name__ == "NoOpComputeLogManager"


def test_new_home_is_not_ready_until_prepared(settings: Settings) -> None:
    before = dagster_home.is_ready(settings)

    dagster_home.prepare(settings)

    assert (before, dagster_home.is_ready(settings)) == (False, True)
    databases = ["history/runs.db", "history/runs/index.db", "schedules/schedules.db"]
    assert [(settings.dagster_home / name).exists() for name in databases] == [True, True, True]


def test_home_of_another_version_is_prepared_again(settings: Settings) -> None:
    dagster_home.prepare(settings)
    (settings.dagster_home / dagster_home.MARK_NAME).write_text("1.0.0\n")

    before = dagster_home.is_ready(settings)
    dagster_home.prepare(settings)

    assert (before, dagster_home.is_ready(settings)) == (False, True)
    made_by = (settings.dagster_home / dagster_home.MARK_NAME).read_text().strip()
    assert made_by == importlib.metadata.version("dagster")


def test_run_left_open_is_failed_before_the_next_start(settings: Settings, instance: dg.DagsterInstance) -> None:
    dagster_home.prepare(settings)
    run_id = start_a_run(instance)
    before = dagster_home.is_ready(settings)

    dagster_home.prepare(settings)

    assert (before, dagster_home.is_ready(settings)) == (False, True)
    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.status is dg.DagsterRunStatus.FAILURE


def test_workspace_names_the_socket(settings: Settings) -> None:
    text = (settings.run_dir / "workspace.yaml").read_text()

    assert f'socket: "{settings.run_dir / "code.sock"}"' in text
    assert (settings.run_dir / "workspace.yaml").stat().st_size > 0
