"""Bring the marts up to the lake: compute on a snapshot without the lock, then write rows and watermark as one.

Killed anywhere, the next run begins at the watermark that is there. One run at a time, by a lock of its own.
"""

import contextlib
import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass, field

import duckdb

from ingest_api.disk import locked
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach, watchdog
from tracking_pipeline.lake.changed import changed_ns
from tracking_pipeline.lake.load import again_if_refused
from tracking_pipeline.lake.marts.compute import Window, compute
from tracking_pipeline.lake.marts.days import condition
from tracking_pipeline.lake.marts.definition import definition
from tracking_pipeline.lake.marts.seen import remember
from tracking_pipeline.lake.marts.tables import MARTS, STATE, Mart
from tracking_pipeline.lake.sessions import SessionRule, rule_of
from tracking_pipeline.lake.writer import transaction, writer_lock

log = logging.getLogger(__name__)

LOCK_NAME = "marts.lock"
MAX_ROWS_PER_WINDOW = 500_000  # a transaction of the marts stays far below 20 s; the next window follows at once
COMPUTE_LIMIT_S = 600.0  # DuckDB 1.5.5 can hang in a windowed query; see watchdog
Counts = dict[Mart, tuple[int, int]]
NOTHING_SEEN = dt.datetime.fromisoformat("1970-01-01")


@dataclass(slots=True)
class Refreshed:
    """What a refresh did: rows written and removed per mart, windows, and how far the marts are now."""

    load_id: int = 0
    windows: int = 0
    written: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    busy: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """How far the marts are, and what they were made by; None: nothing yet."""

    load_id: int
    lake_clock: dt.datetime
    definition: str | None


def refresh(settings: Settings, step: Callable[[str], None] = lambda name: None) -> Refreshed:
    """Take in everything that the lake has and the marts do not. Nothing new: nothing is written.

    ``step`` is called when a window is computed, before each mart is written, before COMMIT (written) and after it.
    ``busy`` is set when another run is at work: it will see what this one would have seen, or the next one does.
    """
    started = time.perf_counter()
    settings.lake_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    done = Refreshed()
    with locked(settings.lake_dir / LOCK_NAME, blocking=False) as mine:
        if not mine:
            return Refreshed(busy=True)
        seen_ns = changed_ns(settings)
        with attach.opened(settings) as connection:
            if read_state(connection).definition != definition(rule_of(settings)):
                empty(connection, settings)
            while _one_window(connection, settings, done, step):
                done.windows += 1
            done.load_id = read_state(connection).load_id
        remember(settings, seen_ns)
    done.seconds = round(time.perf_counter() - started, 2)
    log.info("marts refreshed load_id=%s windows=%s seconds=%s", done.load_id, done.windows, done.seconds)
    return done


def rebuild(settings: Settings) -> Refreshed:
    """Throw all marts away and compute them again; readers meanwhile see them grow."""
    with locked(settings.lake_dir / LOCK_NAME), attach.opened(settings) as connection:
        empty(connection, settings)
    return refresh(settings)


def empty(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Empty all marts and set their watermark to nothing seen, in one transaction."""

    def write() -> None:
        with writer_lock(settings), transaction(connection, settings, announces=False):
            for mart in MARTS:
                connection.execute(f"delete from {mart.name}").fetchall()
            _write_state(connection, 0, NOTHING_SEEN, rule_of(settings))

    again_if_refused(write)


def read_state(connection: duckdb.DuckDBPyConnection) -> State:
    """Return how far the marts are; nothing seen where no row says so."""
    row = connection.execute("select load_id, lake_clock, definition from marts_state").fetchone()
    return State(*row) if row else State(0, NOTHING_SEEN, None)


def _one_window(
    connection: duckdb.DuckDBPyConnection, settings: Settings, done: Refreshed, step: Callable[[str], None]
) -> bool:
    """Take in one window of transactions; tell whether there was one."""
    with watchdog.limited(COMPUTE_LIMIT_S):
        window, counts = _compute(connection, settings)
    if window is None:
        return False
    step("computed")
    again_if_refused(lambda: _write(connection, settings, window, counts, step))
    for mart, (gone, new) in counts.items():
        done.removed[mart.name] = done.removed.get(mart.name, 0) + gone
        done.written[mart.name] = done.written.get(mart.name, 0) + new
    return True


def _compute(connection: duckdb.DuckDBPyConnection, settings: Settings) -> tuple[Window | None, Counts]:
    """Compute the next window on one snapshot; only temp tables are written."""
    connection.execute("begin")
    try:
        state = read_state(connection)
        upto = _upto(connection, state.load_id)
        window = None if upto is None else Window(state.load_id, upto, _clock(connection, state), rule_of(settings))
        counts = {} if window is None else compute(connection, window)
    except BaseException:
        with contextlib.suppress(duckdb.Error):
            connection.execute("rollback")
        raise
    connection.execute("commit")  # the temp tables stay
    return window, counts


def _upto(connection: duckdb.DuckDBPyConnection, after: int) -> int | None:
    """Choose the last transaction of the window: as many as hold about ``MAX_ROWS_PER_WINDOW`` rows, at least one."""
    rows = connection.execute(
        "select load_id, sum(n) from ("
        " select load_id, count(*) as n from events where load_id > $after group by load_id"
        " union all select load_id, count(*) from removed where load_id > $after group by load_id"
        " union all select load_id, 0 from loaded_files where load_id > $after group by load_id"
        ") group by load_id order by load_id",
        {"after": after},
    ).fetchall()
    total, upto = 0, None
    for load_id, count in rows:
        total += count
        if upto is not None and total > MAX_ROWS_PER_WINDOW:
            break
        upto = int(load_id)
    return upto


def _clock(connection: duckdb.DuckDBPyConnection, state: State) -> dt.datetime:
    """Return the end of the newest hour of receipt that was ever loaded: a clock that every recomputation agrees on."""
    row = connection.execute(
        "select max(cast(date as timestamp) + to_hours(hour + 1)) from loaded_files where load_id > $after",
        {"after": state.load_id},
    ).fetchone()
    return max(state.lake_clock, row[0]) if row and row[0] else state.lake_clock


def _write(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    window: Window,
    counts: Counts,
    step: Callable[[str], None],
) -> None:
    with writer_lock(settings), transaction(connection, settings, announces=False):
        if read_state(connection).load_id != window.after:
            raise RuntimeError("the marts moved on under this run")  # the lock rules it out; never write on top
        apply(connection, window, counts, step)
        step("written")
    step("committed")


def apply(
    connection: duckdb.DuckDBPyConnection,
    window: Window,
    counts: Counts,
    step: Callable[[str], None] = lambda name: None,
) -> None:
    """Write what was computed, and how far it goes; inside the caller's transaction."""
    for mart, (gone, new) in counts.items():
        step(mart.name)
        if gone:
            _delete(connection, mart)
        if new:
            columns = ", ".join(mart.table.names)
            connection.execute(f"insert into {mart.name} ({columns}) select {columns} from new_{mart.name}").fetchall()
    connection.execute("delete from removed where load_id <= $upto", {"upto": window.upto}).fetchall()
    _write_state(connection, window.upto, window.lake_clock, window.rule)


def _delete(connection: duckdb.DuckDBPyConnection, mart: Mart) -> None:
    key = ", ".join(mart.key)
    wanted = (
        f"({key}) in (select ({key}) from gone_{mart.name})"
        if len(mart.key) > 1
        else (f"{key} in (select {key} from gone_{mart.name})")
    )
    if mart.by_day:
        days = connection.execute(f"select distinct day from gone_{mart.name}").fetchall()
        wanted = f"{condition(day for (day,) in days)} and {wanted}"
    connection.execute(f"delete from {mart.name} where {wanted}").fetchall()


def _write_state(
    connection: duckdb.DuckDBPyConnection, load_id: int, lake_clock: dt.datetime, rule: SessionRule
) -> None:
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    connection.execute(f"delete from {STATE.name}").fetchall()
    connection.execute(
        f"insert into {STATE.name} by name select ? as load_id, ? as lake_clock, ? as timezone, ? as cut_at_midnight,"
        " ? as cut_at_campaign, ? as definition, ? as refreshed_at",
        [load_id, lake_clock, *astuple(rule), definition(rule), now],
    ).fetchall()
