"""Loading against its floor: a bare ``INSERT … SELECT FROM read_parquet`` into a table partitioned alike, same run.

Run: ``python -m bench.load`` (``--history 20000000`` for the full measurement). Prints ratios; no timed asserts.
"""

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest_api.landing import Landing
from ingest_api.partitions import HOUR_US, Hour, hour_of, part_name
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.schema import make_lake
from tracking_pipeline.lake.tables import EVENTS

MIDNIGHT_US = 1_795_564_800_000_000
FILES = 20
PAIRS = 3

ROWS = """
copy (
  select
    cast(
      lpad(printf('%012x', ($start_us // 1000) + (n * 3600000 // $rows)), 12, '0')
      || '8' || substr(h, 1, 3) || '8' || substr(h, 4, 15) as uuid
    ) as event_id,
    'node-next-' || h as message_id, 'default' as source, 'track' as type, 'Swap Started' as event_name,
    cast(null as varchar) as category,
    make_timestamp($start_us + n * 3600000000 // $rows) as occurred_at, 'corrected' as occurred_from,
    make_timestamp($start_us + (n * 3600000 // $rows) * 1000) as client_at,
    make_timestamp($start_us + n * 3600000000 // $rows) as sent_at,
    make_timestamp($start_us + n * 3600000000 // $rows) as received_at,
    substr(h, 1, 8) || '-0000-4000-8000-' || substr(h, 8, 12) as device_id, false as device_is_new,
    'anon-' || (n % 50000) as anonymous_id, if(n % 3 = 0, 'user-' || (n % 20000), null) as user_id,
    cast(null as varchar) as group_id, cast(null as varchar) as previous_id, cast(null as varchar) as ga_client_id,
    'https://swap.example/exchange?fromChain=' || (n % 40) as page_url, '/exchange' as page_path,
    'Swap' as page_title, 'https://search.example/' as page_referrer,
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/1' || (n % 60) as user_agent,
    '203.0.' || (n % 250) || '.0' as ip, 'https://swap.example' as origin, 'segment' as dialect,
    cast('{"from_chain_id":' || (n % 40) || ',"amount":"' || n || '000000000000000","tool":"relay"}' as json)
      as properties,
    cast(null as json) as traits,
    cast('{"library":{"name":"analytics.js","version":"1"},"locale":"en-GB"}' as json) as context
  from (select i as n, md5($salt || i) as h from range($first, $last) t(i))
) to '{path}' (format parquet, compression zstd, kv_metadata {'tracking.received': '{count}'})
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """One lake with its landing zone."""

    store: Store
    settings: Settings


def main() -> None:
    """Run all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the measured hour")
    parser.add_argument("--history", type=int, default=2_000_000, help="rows already in the lake for the second part")
    parser.add_argument("--pairs", type=int, default=3, help="how often the first part is measured")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = new_bench(Path(folder))
        compare(bench, given.rows, given.pairs)
        with_history(bench, given.rows, given.history)


def new_bench(folder: Path) -> Bench:
    """Make an empty lake."""
    settings = Settings(_env_file=None, data_dir=folder)
    make_lake(settings)
    landing = Landing(settings.landing_dir)
    landing.make()
    return Bench(Store(attach.connect(settings), settings, landing), settings)


def opened(home: Path) -> Bench:
    """Open a lake that is there."""
    settings = Settings(_env_file=None, data_dir=home)
    return Bench(Store(attach.connect(settings), settings, Landing(settings.landing_dir)), settings)


def write_hour(bench: Bench, hour_number: int, rows: int, files: int = FILES, salt: str = "") -> Hour:
    """Write one hour of fresh events in part files."""
    start = MIDNIGHT_US + hour_number * HOUR_US
    hour = hour_of(start)
    for number in range(files):
        first, last = rows * number // files, rows * (number + 1) // files
        digest = hashlib.sha256(f"{hour_number}-{number}-{salt}".encode()).hexdigest()[:16]
        path = bench.store.landing.absolute(f"events/{hour.folder}/{part_name(start + number, digest, last - first)}")
        path.parent.mkdir(parents=True, exist_ok=True)
        parameters = {"start_us": start, "rows": rows, "salt": f"{hour_number}-{salt}-", "first": first, "last": last}
        bench.store.connection.execute(
            ROWS.replace("{path}", str(path)).replace("{count}", str(last - first)), parameters
        )
    return hour


def compare(bench: Bench, rows: int, pairs: int) -> None:
    """Time the load and its floor in turns."""
    loads, floors = [], []
    for pair in range(pairs):
        hour = write_hour(bench, pair, rows)
        floors.append(timed(lambda hour=hour: bare_insert(bench, hour)))
        loads.append(timed(lambda hour=hour: load_hours(bench.store, [hour])))
    load, floor = statistics.median(loads), statistics.median(floors)
    print(f"load of {rows:,} fresh events, {FILES} files: {load:.2f} s; bare {floor:.2f} s; ratio {load / floor:.2f}")


def bare_insert(bench: Bench, hour: Hour) -> None:
    """Insert the same files without ledger, dedupe, fence or sync."""
    connection = bench.store.connection
    in_files = [column for column in EVENTS.columns if f" as {column.name}" in ROWS]
    columns = ", ".join(f"{column.name} {column.type}" for column in in_files)
    connection.execute(f"create or replace table bare ({columns}, date date, hour integer)")
    connection.execute("alter table bare set partitioned by (date)")
    files = [str(bench.store.landing.absolute(file.path)) for file in bench.store.landing.files(hour)]
    connection.execute(
        f"insert into bare select {', '.join(c.name for c in in_files)}, $date, $hour from read_parquet($files)",
        {"files": files, "date": hour.date, "hour": hour.hour},
    )


def with_history(bench: Bench, rows: int, history: int) -> None:
    """Time the same load with much in the lake already and into an empty lake, in turns; then loads of 1,000."""
    connection = bench.store.connection
    connection.execute("drop table if exists bare")
    for number in range(history // rows):
        load_hours(bench.store, [write_hour(bench, 30 + number, rows)])
    count = connection.execute("select count(*) from events").fetchone()
    fulls, empties = [], []
    for pair in range(PAIRS):
        empties.append(empty_lake_time(rows))
        hour = write_hour(bench, 300 + pair, rows)
        fulls.append(timed(lambda hour=hour: load_hours(bench.store, [hour])))
    full, empty = statistics.median(fulls), statistics.median(empties)
    print(f"with {count[0] if count else 0:,} rows: {full:.2f} s; empty lake {empty:.2f} s; ratio {full / empty:.2f}")
    small = []
    for number in range(9):
        hour = write_hour(bench, 310 + number, 1000, files=1)
        small.append(timed(lambda hour=hour: load_hours(bench.store, [hour])))
    print(f"load of 1,000 on a held connection: median {statistics.median(small):.2f} s, worst {max(small):.2f} s")


def empty_lake_time(rows: int) -> float:
    """Time the load into an empty lake."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = new_bench(Path(folder))
        hour = write_hour(fresh, 0, rows)
        taken = timed(lambda: load_hours(fresh.store, [hour]))
        fresh.store.connection.close()
    return taken


def timed(work: Callable[[], object]) -> float:
    """Run and return seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
