"""Marts of a new hour, with little and with much in the lake: the cost must not grow with history. In turns, same run.

Run: ``python -m bench.marts`` (``--history 200`` for 20 million events; ``--folder`` keeps the lakes for another run).
Each day of history holds one hour of 100,000 events: visits of twelve events by anonymous visitors, a third of them
of a pool that comes back; page views, choices of tokens, one visit in three a swap, one in five a wallet, one in eight
a login. Each refresh is a process of its own, as in production. Prints wall and CPU seconds, peak memory, and the
ratio of much to little (on a shared machine read CPU seconds); no timed asserts.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import load
from bench.load import MIDNIGHT_US, Bench, new_bench, opened, write_hour
from bench.peak import peak_mb
from ingest_api.partitions import HOUR_US, hour_of
from ingest_api.settings import Settings
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.marts.refresh import refresh
from tracking_pipeline.lake.upkeep import tidy
from tracking_pipeline.lake.writer import transaction, writer_lock

ROWS = 100_000
LATE = 10
VISIT = "({first_visit} + n // 12)"
WHO = f"if({VISIT} % 3 = 0, 'back-' || (hash('pool' || {VISIT}) % 100000), 'new-' || {VISIT})"
NAMES = "['lifi_source_chain_token_selected', 'lifi_available_routes', 'lifi_route_selected',"
NAMES += " 'lifi_route_execution_started', 'lifi_route_execution_updated', 'lifi_route_execution_completed']"
# text of bench.load → what visits look like here
VISITS = {
    "substr(h, 1, 8) || '-0000-4000-8000-' || substr(h, 8, 12) as device_id": f"'device-' || {WHO} as device_id",
    "'anon-' || (n % 50000) as anonymous_id": f"{WHO} as anonymous_id",
    "if(n % 3 = 0, 'user-' || (n % 20000), null) as user_id": (
        f"if({VISIT} % 8 = 0 and n % 12 > 6, 'user-' || {WHO}, null) as user_id,"
        f" if({VISIT} % 5 = 0 and n % 12 = 8, ['evm:' || {WHO}], null) as wallets"
    ),
    "'track' as type, 'Swap Started' as event_name": (
        f"if(n % 12 < 3, 'page', 'track') as type, case when n % 12 < 3 then null when n % 12 < 6 or {VISIT} % 3 > 0"
        f" then 'click' else {NAMES}[(n % 12) - 5] end as event_name"
    ),
    """'{"from_chain_id":'""": f"""'{{"route_id":"' || {VISIT} || '","from_amount_usd":"12.5","from_chain_id":'""",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one refresh took: wall and CPU seconds, peak memory of its process in MB, rows written."""

    seconds: float
    cpu_s: float
    peak_mb: float
    written: int

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s, CPU {self.cpu_s:.2f} s, {self.peak_mb:.0f} MB, written {self.written:,}"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--history", type=int, default=30, help="days of history, 100,000 events each")
    parser.add_argument("--little", type=int, default=3, help="days of history in the small lake")
    parser.add_argument("--pairs", type=int, default=3, help="how often each is measured")
    parser.add_argument("--folder", type=Path, help="where the lakes are made and kept; default: a temporary folder")
    parser.add_argument("--lake", type=Path, help="folder of a lake that is there, instead of one with this history")
    parser.add_argument("--refresh", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.refresh:
        refresh_here(given.folder)
        return
    for given_text, mine in VISITS.items():
        load.ROWS = load.ROWS.replace(given_text, mine)
    with kept_or_temporary(given.folder) as folder:
        lakes = {given.little: made(folder / str(given.little), given.little)}
        lakes[given.history] = opened(given.lake) if given.lake else made(folder / str(given.history), given.history)
        compare("new hour", lakes, given.pairs, late=0)
        compare(f"new hour and {LATE} events of the first day", lakes, given.pairs, late=LATE)
        print(f"bytes an event: {sizes(lakes[given.history])}")


@contextlib.contextmanager
def kept_or_temporary(folder: Path | None) -> Iterator[Path]:
    """Yield the folder given, or one that is deleted afterwards."""
    if folder:
        yield folder
        return
    with tempfile.TemporaryDirectory() as made_folder:
        yield Path(made_folder)


def made(folder: Path, days: int) -> Bench:
    """Make a lake with this history, its marts and its upkeep done; take it as it is if it is there."""
    bench = new_bench(folder)
    have = bench.store.connection.execute("select count(distinct date) from events").fetchone()
    for day in range(have[0] if have else 0, days):
        insert_day(bench, day)
    cost = refreshed(bench)
    if cost.written:
        tidy(bench.settings)
        print(f"{days:4} days: {days * ROWS:,} events, marts from nothing {cost}", flush=True)
    return bench


def insert_day(bench: Bench, day: int) -> None:
    """Write one day of history straight into the lake, with its load in the ledger."""
    start = MIDNIGHT_US + 24 * day * HOUR_US
    hour = hour_of(start)
    select = load.ROWS[load.ROWS.index("select") : load.ROWS.rindex(") to '{path}'")]
    select = select.replace("{first_visit}", str(day * ROWS // 12))
    path = f"events/{hour.folder}/made.parquet"
    sql = (
        f"insert into events by name select *, '{path}' as source_file, row_number() over () as ordinal, $date as date,"
        f" $hour as hour, false as is_bot, $load_id as load_id from ({select})"
    )
    what = {"start_us": start, "rows": ROWS, "salt": f"{day}-", "first": 0, "last": ROWS}
    with writer_lock(bench.settings), transaction(bench.store.connection, bench.settings) as load_id:
        where = {"date": hour.date, "hour": hour.hour, "load_id": load_id}
        bench.store.connection.execute(sql, what | where).fetchall()
        bench.store.connection.execute(
            "insert into loaded_files values (?, 'events', ?, ?, 0, ?, ?, now(), now(), ?)",
            [path, hour.date, hour.hour, ROWS, ROWS, load_id],
        ).fetchall()


def compare(what: str, lakes: dict[int, Bench], pairs: int, late: int) -> None:
    """Load a new hour into each lake in turns and refresh it; print each cost and the ratio of the medians."""
    costs: dict[int, list[Cost]] = {days: [] for days in lakes}
    for _ in range(pairs):
        for days, bench in lakes.items():
            load_new_hour(bench, late)
            costs[days].append(refreshed(bench))
            print(f"{days:4} days: {what} {costs[days][-1]}", flush=True)
    little, much = (statistics.median(cost.cpu_s for cost in costs[days]) for days in lakes)
    print(f"{what}: ratio of CPU {much / little:.2f}, peak {max(c.peak_mb for c in costs[max(lakes)]):.0f} MB")


def load_new_hour(bench: Bench, late: int) -> None:
    """Load the hour after the newest one; ``late`` more of its events happened on the first day, each of a visitor."""
    newest = bench.store.connection.execute("select epoch_us(max(received_at)) from events").fetchone()
    number = ((newest[0] if newest else MIDNIGHT_US) - MIDNIGHT_US) // HOUR_US + 1
    rows = load.ROWS
    load.ROWS = rows.replace("{first_visit}", str(number * 1_000_000))
    hour = write_hour(bench, number, ROWS, files=2)
    if late:
        rows_late = rows.replace("$rows) as occurred_at", f"$rows) - to_hours({number}) as occurred_at")
        load.ROWS = rows_late.replace("{first_visit} + n // 12", f"{number * 1_000_000 + 500_000} + n")
        write_hour(bench, number, late, files=1, salt="late")
    load.ROWS = rows
    load_hours(bench.store, [hour])


def refreshed(bench: Bench) -> Cost:
    """Bring the marts up in a process of its own."""
    command = [sys.executable, "-m", "bench.marts", "--refresh", "--folder", str(bench.settings.data_dir)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Cost(**json.loads(answer))


def refresh_here(folder: Path) -> None:
    """Bring the marts up and print what it took."""
    started, cpu = time.perf_counter(), time.process_time()
    done = refresh(Settings(_env_file=None, data_dir=folder))
    taken = {"seconds": time.perf_counter() - started, "cpu_s": time.process_time() - cpu}
    print(json.dumps(taken | {"peak_mb": peak_mb(), "written": sum(done.written.values())}))


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
