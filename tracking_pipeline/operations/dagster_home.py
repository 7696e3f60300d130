"""Dagster's home: its two files, and the step that must have the home to itself before Dagster's parts start.

``python -m tracking_pipeline.operations.dagster_home`` is that step. It imports Dagster (2 s of CPU on a busy
machine), so ``tracking up`` runs it only when ``is_ready`` says no, and beside the collector's start.
"""

import contextlib
import importlib.metadata
import logging
import os
import sqlite3
import sys
from pathlib import Path

from ingest_api.settings import Settings, load_settings
from tracking_pipeline.operations.logs import log_to_stdout
from tracking_pipeline.operations.parts import LOCATION, code_socket, share_environment, workspace_file

log = logging.getLogger(__name__)

MARK_NAME = "made_by_dagster"
UNFINISHED = ("STARTING", "STARTED", "CANCELING")

# Reasons for each value: docs/operations.md. Times are seconds unless said.
_DAGSTER_YAML = """\
# Written by `tracking up` at each start; changes made here are lost.
telemetry: {enabled: false}
nux: {enabled: false}
run_queue: {dequeue_interval_seconds: 1}
concurrency:
  runs: {max_concurrent_runs: 6}  # two overlapping drains, a sweep, GA4, upkeep and a backfill
  pools: {granularity: run}  # the default, op, never frees the pool of a killed run
run_monitoring:
  enabled: true
  start_timeout_seconds: 120
  cancel_timeout_seconds: 60
  max_runtime_seconds: 900  # the only thing that ends a run whose worker is gone, until the next start
  poll_interval_seconds: 15
  free_slots_after_run_end_seconds: 30
run_retries: {enabled: true, max_retries: 2, retry_on_asset_or_op_failure: false}  # crashes only
retention:
  sensor: {purge_after_days: {skipped: 1, success: 7, failure: 30}}
  schedule: {purge_after_days: {skipped: 1, success: 7, failure: 30}}
sensors: {use_threads: true, num_workers: 4}  # the landing sensor watches for 4 s; others must not wait for it
scheduler:
  module: dagster._core.scheduler
  class: DagsterDaemonScheduler
  config: {max_catchup_runs: 1}
compute_logs: {module: dagster._core.storage.noop_compute_log_manager, class: NoOpComputeLogManager}
"""

_WORKSPACE_YAML = """\
# Written by `tracking up`: daemon and webserver share one code server.
load_from:
  - grpc_server: {{socket: "{socket}", location_name: {location}}}
"""


def write_files(settings: Settings) -> None:
    """Write ``dagster.yaml`` and the workspace; the folders are there."""
    _write(settings.dagster_home / "dagster.yaml", _DAGSTER_YAML)
    workspace = _WORKSPACE_YAML.format(socket=code_socket(settings), location=LOCATION)
    _write(workspace_file(settings), workspace)


def is_ready(settings: Settings) -> bool:
    """Tell, without Dagster, whether the home is made by this version and no run of an earlier life is open."""
    version = importlib.metadata.version("dagster")
    return _made_by(settings) == version and not _has_unfinished_runs(settings.dagster_home)


def prepare(settings: Settings) -> None:
    """Make or upgrade the home's databases and fail the runs whose worker is gone.

    Alone, before any of Dagster's parts: several processes on an empty home failed in a third of cold starts.
    """
    import dagster as dg

    from tracking_pipeline.operations.reap import reap

    with dg.DagsterInstance.get() as instance:
        if _made_by(settings) not in ("", dg.__version__):
            instance.upgrade()
        reaped = reap(instance)
    _write(settings.dagster_home / MARK_NAME, f"{dg.__version__}\n")
    if reaped:
        log.info("failed the runs that the last life left open runs=%s", ",".join(reaped))


def _made_by(settings: Settings) -> str:
    """Version of Dagster that made the home; empty for a new one."""
    try:
        return (settings.dagster_home / MARK_NAME).read_text().strip()
    except FileNotFoundError:
        return ""


def _has_unfinished_runs(home: Path) -> bool:
    marks = ", ".join("?" * len(UNFINISHED))
    query = f"select count(*) from runs where status in ({marks})"
    try:
        with contextlib.closing(sqlite3.connect(home / "history" / "runs.db")) as connection:
            return bool(connection.execute(query, UNFINISHED).fetchone()[0])
    except sqlite3.Error:
        return True


def _write(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    aside.write_text(text)
    aside.rename(path)


def main() -> int:
    """Prepare the home of this environment's settings."""
    settings = load_settings()
    share_environment(settings)
    log_to_stdout()
    prepare(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
