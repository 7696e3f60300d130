"""Marts of a new hour, with little and with much in the lake: the cost must not grow with history. In turns, same run.

Run: ``python -m bench.marts`` (``--history 200`` for 20 million events). Each day of history holds one hour of 100,000
events: sessions of twelve, a third of them by clients of a pool that comes back, the others by new ones. Prints wall
and CPU seconds (on a shared machine read those); no timed asserts.
"""

import argparse
import tempfile
import time
from pathlib import Path

from bench import load
from bench.load import Bench, new_bench, write_hour
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.marts.refresh import Refreshed, refresh
from tracking_pipeline.lake.upkeep import tidy

ROWS = 100_000
WHO = "if((n // 12) % 3 = 0, 'back-' || (hash($salt || (n // 12)) % 100000), 'new-' || $salt || (n // 12))"
CLIENTS = {
    "substr(h, 1, 8) || '-0000-4000-8000-' || substr(h, 8, 12) as device_id": f"'device-' || {WHO} as device_id",
    "'anon-' || (n % 50000) as anonymous_id": f"{WHO} as anonymous_id",
    "if(n % 3 = 0, 'user-' || (n % 20000), null) as user_id": f"if(n % 7 = 0, 'user-' || {WHO}, null) as user_id",
}


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--history", type=int, default=30, help="days of history, 100,000 events each")
    parser.add_argument("--little", type=int, default=3, help="days of history in the small lake")
    parser.add_argument("--pairs", type=int, default=3, help="how often each is measured")
    given = parser.parse_args()
    for given_text, mine in CLIENTS.items():
        load.ROWS = load.ROWS.replace(given_text, mine)
    with tempfile.TemporaryDirectory() as folder:
        lakes = {days: made(Path(folder) / str(days), days) for days in (given.little, given.history)}
        for pair in range(given.pairs):
            for days, bench in lakes.items():
                hour = 24 * days + 1 + pair
                print(f"{days:4} days: new hour {measured(bench, hour)}", flush=True)
        for days, bench in lakes.items():
            write_hour(bench, 0, 10, files=1, salt="late")
            print(
                f"{days:4} days: new hour and ten events of the first day {measured(bench, 24 * days + 13)}", flush=True
            )
        print(f"bytes an event: {sizes(lakes[given.history])}")


def made(folder: Path, days: int) -> Bench:
    """Make a lake with this history, its marts and its upkeep done."""
    bench = new_bench(folder)
    for day in range(days):
        load_hours(bench.store, [write_hour(bench, 24 * day, ROWS, files=2)])
    cpu = time.process_time()
    done = refresh(bench.settings)
    used = time.process_time() - cpu
    tidy(bench.settings)
    print(
        f"{days:4} days: {days * ROWS:,} events, marts from nothing {done.seconds} s, CPU {used:.1f} s",
        flush=True,
    )
    return bench


def measured(bench: Bench, number: int) -> str:
    """Load an hour (and whatever else was written), and time the marts."""
    hours = {write_hour(bench, number, ROWS, files=2)} | set(bench.store.landing.hours())
    load_hours(bench.store, hours)
    started, cpu = time.perf_counter(), time.process_time()
    done: Refreshed = refresh(bench.settings)
    taken, used = time.perf_counter() - started, time.process_time() - cpu
    return f"{taken:.2f} s, CPU {used:.2f} s, written {sum(done.written.values()):,}"


def sizes(bench: Bench) -> dict[str, float]:
    """Return bytes per event of every table."""
    rows = bench.store.connection.execute(
        "select table_name, file_size_bytes from ducklake_table_info('lake')"
    ).fetchall()
    count = bench.store.connection.execute("select count(*) from events").fetchone()
    events = count[0] if count else 1
    return {name: round(size / events, 1) for name, size in rows if size}


if __name__ == "__main__":
    main()
