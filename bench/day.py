"""A simulated day of steady traffic: does what is kept on disk stay flat?

Run: ``python -m bench.day --hours 24``. Loads one small part file for every simulated second group as the drain does
(``--loads`` an hour), with the hourly upkeep between the hours, and records as many Dagster runs as a day has, with
the purge after it. Prints lake files and bytes hour by hour. Between the hours everything in the
catalog is made an hour older.
"""

import argparse
import tempfile
import time
from pathlib import Path

import dagster as dg

from bench.load import Bench, new_bench, write_hour
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.upkeep import tidy
from tracking_pipeline.operations.reap import purge

ROWS = 50


def main() -> None:
    """Simulate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--loads", type=int, default=60, help="loads (and part files) an hour")
    parser.add_argument("--runs", type=int, default=60, help="Dagster runs an hour")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lake(Path(folder) / "lake", given.hours, given.loads)
        history(Path(folder) / "home", given.hours * given.runs)


def lake(folder: Path, hours: int, loads: int) -> None:
    """Load hour after hour with upkeep in between; print what lies on disk."""
    bench = new_bench(folder)
    print(f"lake, {loads} loads of {ROWS} events an hour")
    for number in range(hours):
        started = time.perf_counter()
        for part in range(loads):
            write_hour_part(bench, number, part)
        loaded = time.perf_counter() - started
        done = tidy(bench.settings)
        let_an_hour_pass(bench)
        files = [path for path in bench.settings.lake_dir.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        upkeep = time.perf_counter() - started - loaded
        print(
            f"  hour {number:2}: live {done.files_before:4} -> {done.files_after:3}; on disk {len(files):5} files,"
            f" {size / 1e6:6.1f} MB; loads {loaded:5.1f} s; upkeep {upkeep:4.1f} s"
        )


def let_an_hour_pass(bench: Bench) -> None:
    """Make everything in the catalog an hour older, so that upkeep finds what it would find in an hour."""
    for table, column in (("snapshot", "snapshot_time"), ("files_scheduled_for_deletion", "schedule_start")):
        older = f"cast(cast({column} as timestamptz) - interval 1 hour as varchar)"
        bench.store.connection.execute(f"update __ducklake_metadata_lake.ducklake_{table} set {column} = {older}")


def write_hour_part(bench: Bench, number: int, part: int) -> None:
    """Write one part file into the hour and load it."""
    hour = write_hour(bench, number, ROWS, files=1, salt=f"{number}-{part}")
    load_hours(bench.store, [hour])


def history(home: Path, runs: int) -> None:
    """Record runs in a real Dagster home, purge, and print its size before and after."""
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")

    @dg.op
    def work(context: dg.OpExecutionContext) -> None:
        context.log_event(dg.AssetMaterialization("events", partition="2026-11-25-04:00", metadata={"files": 1}))

    @dg.job(executor_def=dg.in_process_executor)
    def load() -> None:
        work()

    count = min(runs, 200)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        for _ in range(count):
            load.execute_in_process(instance=instance)
        before = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
        purged = purge(instance, home, 0)
        after = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    print(
        f"Dagster's home: {before / count / 1e3:.0f} kB a run, so {before / count * runs / 1e6:.0f} MB for {runs} runs;"
        f" purge of {purged} of {count} runs leaves {after / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
