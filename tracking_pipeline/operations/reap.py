"""What open-source Dagster leaves to its users: end runs that died with the machine, delete old run history."""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psutil

UNFINISHED = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def reap(instance: dg.DagsterInstance) -> list[str]:
    """Fail the runs whose worker is gone and return their ids. Only while no code server launches runs.

    Nothing else does it: after a reboot such a run stays STARTED, and holds its place in the queue.
    """
    reaped = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=UNFINISHED)):
        run = record.dagster_run
        if not _worker_lives(instance, run.run_id, record.create_timestamp.timestamp()):
            instance.report_run_failed(run, "The worker of this run is gone: it was killed, or the machine went down.")
            reaped.append(run.run_id)
    return reaped


def purge(instance: dg.DagsterInstance, home: Path, keep_days: int, keep_success_hours: int | None = None) -> int:
    """Delete runs that ended over ``keep_days`` ago, with their files; return how many.

    Runs that succeeded go after ``keep_success_hours``: at two a minute and 139 kB each (measured) they would fill
    400 MB a day, and nobody reads them; a failed one is read days later.

    The newest run of each partition stays: Dagster deletes a run's materializations with it, and the hour would
    show as missing. Safe while runs are going on; what a crash leaves half done, the next call finishes.
    """
    now = dt.datetime.now(dt.UTC)
    before = now - dt.timedelta(days=keep_days)
    hours = keep_days * 24 if keep_success_hours is None else keep_success_hours
    records = [
        *instance.get_run_records(dg.RunsFilter(statuses=FINISHED, updated_before=before)),
        *instance.get_run_records(
            dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS], updated_before=now - dt.timedelta(hours=hours))
        ),
    ]
    purged = 0
    for run_id in sorted({record.dagster_run.run_id for record in records}):
        if not _is_newest(instance, run_id):
            instance.delete_run(run_id)
            _delete_files(home, run_id)
            purged += 1
    _delete_strays(instance, home, before)
    return purged


def _worker_lives(instance: dg.DagsterInstance, run_id: str, created_at: float) -> bool:
    """Look for the process itself: a killed code server leaves its workers at work."""
    pids = {
        int(entry.dagster_event.pid)
        for entry in instance.all_logs(run_id)
        if entry.dagster_event is not None and entry.dagster_event.pid
    }
    return any(_is_worker(pid, created_at) for pid in pids)


def _is_worker(pid: int, created_at: float) -> bool:
    """Tell a spawned worker from another program that got the same number since."""
    try:
        process = psutil.Process(pid)
        return process.create_time() >= created_at - 1 and "multiprocessing" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _is_newest(instance: dg.DagsterInstance, run_id: str) -> bool:
    return any(run_id == newest for newest in _newest_runs(instance, run_id))


def _newest_runs(instance: dg.DagsterInstance, run_id: str) -> Iterator[str]:
    """Name, for each (asset, partition) that a run materialized, the run that did so last."""
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION):
        done = entry.asset_materialization
        if done is None:
            continue
        partitions = [done.partition] if done.partition else None
        wanted = dg.AssetRecordsFilter(done.asset_key, asset_partitions=partitions)
        for record in instance.fetch_materializations(wanted, limit=1).records:
            yield record.event_log_entry.run_id


def _delete_files(home: Path, run_id: str) -> None:
    """Remove what ``delete_run`` leaves: the run's own database (139 kB) and its folder."""
    for path in (home / "history" / "runs").glob(f"{run_id}.db*"):
        path.unlink(missing_ok=True)
    shutil.rmtree(home / "storage" / run_id, ignore_errors=True)


def _delete_strays(instance: dg.DagsterInstance, home: Path, before: dt.datetime) -> None:
    """Remove files of runs that are no more: a purge was killed between the two deletions."""
    for path in (home / "history" / "runs").glob("*-*.db"):
        if path.stat().st_mtime < before.timestamp() and not instance.has_run(path.stem):
            _delete_files(home, path.stem)
