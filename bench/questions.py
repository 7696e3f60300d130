"""The fifteen questions of docs/analysts.md over a made-up swap site: idle, and with loads running. Bytes an event.

Run: ``python -m bench.questions`` (``--events 20000000`` for the full measurement; ``--keep FOLDER`` makes the lake
there, or takes the one that is there). The site is ``bench.swapsite``: its sessions, swaps and volume are known, and
compared with the marts first. Each question runs ``--runs`` times on a held connection, idle and with loads of 1,000
events running in turns; read the ratio, and on a shared machine the CPU seconds of the idle turns. Every event has
its two rows in the ledger when bytes are counted.
"""

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from bench.load import Bench, new_bench, opened, write_hour
from bench.made_events import LEDGER
from bench.swapsite import arrivals
from bench.swapsite.arrivals import Arrival
from bench.swapsite.questions import questions
from bench.swapsite.truth import usd
from bench.swapsite.visits import Visit, visits
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.marts.analytics import publish
from tracking_pipeline.lake.marts.refresh import refresh
from tracking_pipeline.lake.upkeep import tidy

EVENTS_A_HOUSEHOLD = 8
HOURS_A_LOAD = 24
LATER_HOUR = 24 * 1000  # of the loads meanwhile: after all that the site sends
AIM_MEDIAN_S, AIM_WORST_S, AIM_BYTES = 0.5, 3.0, 200


@dataclass(slots=True)
class Known:
    """What is counted while the site is made up."""

    sessions: int = 0
    events: int = 0
    swaps_completed: int = 0
    swapped_usd: Decimal = Decimal(0)

    def of(self, made: Iterable[Visit]) -> Iterator[Visit]:
        """Count what passes; bots count for nothing."""
        completed: set[int] = set()
        for visit in made:
            if not visit.browser.is_bot:
                self.sessions += 1
                self.events += len(visit.events)
                for event in visit.events:
                    if event.act == "complete" and event.route and event.route.number not in completed:
                        completed.add(event.route.number)
                        self.swaps_completed += 1
                        self.swapped_usd += usd(event.route.usd_micro)
            yield visit


def main() -> None:
    """Make the lake, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000, help="events of the site, about")
    parser.add_argument("--days", type=int, default=30, help="days over which they lie")
    parser.add_argument("--runs", type=int, default=3, help="how often each question is asked, idle and under load")
    parser.add_argument("--keep", type=Path, help="folder of the lake; without it one that is deleted at the end")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = given.keep or Path(folder)
        made_before = (home / "lake").exists()
        bench = opened(home) if made_before else made(home, given.events, given.days)
        if made_before:
            bring_up(bench)
        count = counted(bench)
        print(f"{count:,} events", flush=True)
        ask_all(bench, given.runs)
        fill_ledger(bench)
        tidy(bench.settings)
        report_sizes(bench, count)


def made(home: Path, events: int, days: int) -> Bench:
    """Make the site up, land it, load it, and bring the marts up; what is known of it must be in them."""
    bench, known, arrival = new_bench(home), Known(), Arrival(seed=1)
    with duckdb.connect(str(home / "site.duckdb")) as site:
        site.execute("set memory_limit = '3GB'")
        with_clock(
            "made up", lambda: arrivals.plan(site, known.of(visits(1, events // EVENTS_A_HOUSEHOLD, days)), days)
        )
        with_clock("arrived", lambda: arrivals.arrive(site, arrival))
        with_clock("landed", lambda: land(site, bench, arrival))
    (home / "site.duckdb").unlink()
    hours = sorted(bench.store.landing.hours())
    groups = [hours[first : first + HOURS_A_LOAD] for first in range(0, len(hours), HOURS_A_LOAD)]
    with_clock("loaded", lambda: [load_hours(bench.store, group) for group in groups])
    bring_up(bench)
    found = bench.store.connection.execute(
        "select (select count(*) from sessions), (select count(*) from events_by_day), sum(swaps_completed)::bigint,"
        " sum(swapped_usd) from daily_metrics"
    ).fetchone()
    expected = (known.sessions, known.events, known.swaps_completed, known.swapped_usd)
    print(f"marts are {'what is known' if found == expected else f'WRONG: {found}, not {expected}'}", flush=True)
    return bench


def bring_up(bench: Bench) -> None:
    """Bring the marts up, tidy, and publish them."""
    with_clock("marts", lambda: refresh(bench.settings))
    with_clock("upkeep", lambda: tidy(bench.settings))
    with_clock("published", lambda: publish(bench.settings))


def land(site: duckdb.DuckDBPyConnection, bench: Bench, arrival: Arrival) -> None:
    """Write all part files."""
    for hour in arrivals.hours_of(site):
        for _ in arrivals.write_hour(site, bench.store.landing, hour, arrival):
            pass


def with_clock(name: str, work: Callable[[], object]) -> None:
    """Do it and print its seconds."""
    started, cpu = time.perf_counter(), time.process_time()
    work()
    print(f"  {name}: {time.perf_counter() - started:.1f} s, CPU {time.process_time() - cpu:.1f} s", flush=True)


def ask_all(bench: Bench, runs: int) -> None:
    """Ask each question idle and under load, in turns, and print medians."""
    idle: dict[str, list[float]] = {number: [] for number in questions()}
    busy: dict[str, list[float]] = {number: [] for number in questions()}
    cpu: dict[str, list[float]] = {number: [] for number in questions()}
    errors: list[str] = []
    with attach.connect(bench.settings, read_only=True) as reader:
        for _ in range(runs):
            ask_once(reader, idle, errors, cpu)
            with Loading(bench.settings) as loading:
                ask_once(reader, busy, errors)
                loads = loading.loads
            errors += loading.errors
            print(f"  {loads} loads meanwhile", flush=True)
    for number in idle:
        spent = statistics.median(cpu[number])
        print(f"  question {number:>2}: idle {shown(idle[number])}, CPU {spent:.3f}, with loads {shown(busy[number])}")
    medians = [statistics.median(taken) for taken in busy.values()]
    calm = statistics.median(statistics.median(taken) for taken in idle.values())
    worst = max(max(taken) for taken in busy.values())
    print(
        f"with loads running: median {statistics.median(medians):.2f} s (aim {AIM_MEDIAN_S}), worst {worst:.2f} s"
        f" (aim {AIM_WORST_S}), {statistics.median(medians) / calm:.2f} times idle, errors {len(errors)} {errors[:1]}"
    )
    spent_each = [statistics.median(each) for each in cpu.values()]
    print(f"idle, CPU: median {statistics.median(spent_each):.2f} s, worst {max(spent_each):.2f} s")


def ask_once(
    reader: duckdb.DuckDBPyConnection,
    taken: dict[str, list[float]],
    errors: list[str],
    cpu: dict[str, list[float]] | None = None,
) -> None:
    """Ask every question once; ``cpu`` is filled where nothing else is at work in this process."""
    for number, query in questions().items():
        started, cpu_started = time.perf_counter(), time.process_time()
        try:
            reader.execute(query).fetchall()
        except duckdb.Error as error:
            errors.append(f"question {number}: {error}")
        taken[number].append(time.perf_counter() - started)
        if cpu is not None:
            cpu[number].append(time.process_time() - cpu_started)


def shown(taken: list[float]) -> str:
    """Return median and worst."""
    return f"{statistics.median(taken):.3f} s (worst {max(taken):.3f})"


class Loading:
    """Loads of 1,000 events, one after another with a second between them, from before the block until it ends."""

    def __init__(self, settings: Settings) -> None:
        self.loads = 0
        self.errors: list[str] = []
        self._settings = settings
        self._stop, self._began = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Loading":
        self._thread.start()
        self._began.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        bench = opened(self._settings.data_dir)
        try:
            while not self._stop.is_set():
                hour = write_hour(bench, LATER_HOUR, 1000, files=1, salt=f"{time.time_ns()}")
                load_hours(bench.store, [hour])
                self.loads += 1
                self._began.set()
                self._stop.wait(1)
        except duckdb.Error as error:
            self.errors.append(f"load: {error}")
        finally:
            self._began.set()
            bench.store.connection.close()


def fill_ledger(bench: Bench) -> None:
    """Give every event the two rows of one that was leased and sent."""
    connection = bench.store.connection
    if connection.execute("select count(*) from deliveries").fetchone() != (0,):
        return
    for (day,) in connection.execute("select distinct date from events order by all").fetchall():
        for hour in range(24):
            for later, (state, told) in enumerate((("'leased'", "'1.2', '3', 'j'"), ("'sent'", "null, null, null")), 1):
                sql = LEDGER.format(state=state, told=told, later=later)
                connection.execute(sql, {"date": day, "hour": hour}).fetchall()


def report_sizes(bench: Bench, count: int) -> None:
    """Print bytes per event of every table that has some."""
    rows = bench.store.connection.execute(
        "select table_name, file_size_bytes from ducklake_table_info('lake') where file_size_bytes > 0 order by 2 desc"
    ).fetchall()
    sizes = dict(rows) | {"catalog": (bench.settings.lake_dir / "catalog.sqlite").stat().st_size}
    each = ", ".join(f"{name} {size / count:.1f}" for name, size in sizes.items() if size / count >= 0.05)
    print(f"bytes an event: {sum(sizes.values()) / count:.1f} (aim {AIM_BYTES}): {each}")


def counted(bench: Bench) -> int:
    """Return the events in the lake."""
    [(count,)] = bench.store.connection.execute("select count(*) from events").fetchall()
    return int(count)


if __name__ == "__main__":
    main()
