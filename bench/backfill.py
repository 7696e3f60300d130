"""Backfill of many hours, inside the run: into an empty lake, then over hours that are all there.

Run: ``python -m bench.backfill`` (``--hours 1000`` for the aim: 10 million events). Each backfill is a process of its
own, as in production, and prints its progress. Prints rows a second, peak memory, and the ratio to a bare ``INSERT …
SELECT FROM read_parquet`` of the same files into a table partitioned alike; no timed asserts.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.load import ROWS, Bench, new_bench, timed, write_hour
from bench.peak import peak_mb
from ingest_api.landing import Landing
from ingest_api.settings import Settings
from tracking_pipeline.lake.backfill import replace_hours
from tracking_pipeline.lake.tables import EVENTS

AIM_ROWS_S = 50_000
AIM_MB = 1_500


@dataclass(frozen=True, slots=True)
class Cost:
    """One backfill: rows replaced, wall and CPU seconds, longest wait for the next hour, peak memory in MB."""

    rows: int
    seconds: float
    cpu_s: float
    longest_s: float
    peak_mb: float

    def __str__(self) -> str:
        return (
            f"{self.rows:,} rows in {self.seconds:.1f} s: {self.rows / self.seconds:,.0f} rows/s (aim {AIM_ROWS_S:,});"
            f" CPU {self.cpu_s:.1f} s: {self.rows / self.cpu_s:,.0f} rows/s;"
            f" longest transaction {self.longest_s:.1f} s; peak {self.peak_mb:.0f} MB (aim {AIM_MB:,})"
        )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=100, help="hours to replace")
    parser.add_argument("--rows", type=int, default=10_000, help="events in each")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        run_here(given.run)
        return
    with tempfile.TemporaryDirectory() as folder:
        bench = new_bench(Path(folder))
        for number in range(given.hours):
            write_hour(bench, number, given.rows, files=1)
        floor_s = timed(lambda: bare_insert(bench))
        print(f"bare insert: {given.hours * given.rows / floor_s:,.0f} rows/s", flush=True)
        for what in ("into an empty lake", "over hours that are there"):
            cost = backfilled(bench)
            print(f"{what}: {cost}; ratio to a bare insert {cost.seconds / floor_s:.1f}", flush=True)


def bare_insert(bench: Bench) -> None:
    """Insert all files in one statement, without ledger, dedupe, fence or sync."""
    connection = bench.store.connection
    in_files = [column for column in EVENTS.columns if f" as {column.name}" in ROWS]
    columns = ", ".join(f"{column.name} {column.type}" for column in in_files)
    connection.execute(f"create table bare ({columns}, date date, hour bigint)")
    connection.execute("alter table bare set partitioned by (date)")
    connection.execute(
        f"insert into bare select {', '.join(c.name for c in in_files)}, date, hour from read_parquet($files,"
        " hive_partitioning = true)",
        {"files": f"{bench.settings.landing_dir}/events/*/*/*.parquet"},
    )
    connection.execute("drop table bare")


def backfilled(bench: Bench) -> Cost:
    """Replace every hour in a process of its own; its progress goes to the terminal."""
    command = [sys.executable, "-m", "bench.backfill", "--run", str(bench.settings.data_dir)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Cost(**json.loads(answer))


def run_here(folder: Path) -> None:
    """Replace every hour of the landing zone and print what it took."""
    settings = Settings(_env_file=None, data_dir=folder)
    hours = sorted(Landing(settings.landing_dir).hours())
    started = last = time.perf_counter()
    cpu = time.process_time()
    rows, longest = 0, 0.0
    for number, done in enumerate(replace_hours(settings, hours), start=1):
        if done.refused or not (done.checked.adds_up and done.checked.unique):
            raise SystemExit(f"{done.hour.key} is not sound: {done.refused or done.checked.account}")
        now = time.perf_counter()
        rows, longest, last = rows + done.loaded.rows, max(longest, now - last), now
        if number % 50 == 0:
            print(f"{number} of {len(hours)} hours, {rows / (now - started):,.0f} rows/s", file=sys.stderr, flush=True)
    taken = {"rows": rows, "seconds": time.perf_counter() - started, "cpu_s": time.process_time() - cpu}
    print(json.dumps(taken | {"longest_s": longest, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
