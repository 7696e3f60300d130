"""Draining: one run that loads every owed hour, looks again ten times a second, and hands over to its successor.

A Dagster run costs seconds whatever it loads, so a run stays for about a minute. It holds the *baton*, a flock that
the kernel frees on kill -9; a successor announces itself and waits for it. A backfill never takes the baton.
"""

import contextlib
import datetime as dt
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import duckdb

from ingest_api.disk import locked
from ingest_api.landing import Landing
from ingest_api.partitions import Hour, hour_of
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.changed import mark_changed
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import Loaded, load_hours, loaded_paths

log = logging.getLogger(__name__)

BATON = "drain.lock"
NEXT = "drain.next"
LOOK_S = 0.1
IDLE_S = 5.0
LONGEST_S = 120.0
SUCCESSOR_WAITS_S = 30.0
SWEEP_S = 5.0
FRESH_NS = 100_000_000  # a folder's mtime is coarse: look again while it is this young


@dataclass(slots=True)
class Drained:
    """What a drain did: hours it touched, totals, hours that failed and why."""

    hours: set[Hour] = field(default_factory=set)
    loaded: Loaded = field(default_factory=Loaded)
    failed: dict[Hour, str] = field(default_factory=dict)
    loads: int = 0


def baton_is_held(settings: Settings) -> bool:
    """Tell whether a drain is alive, whatever its age."""
    settings.lake_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(settings.lake_dir / BATON, blocking=False) as free:
        return not free


@contextlib.contextmanager
def baton(settings: Settings) -> Iterator[Callable[[], bool] | None]:
    """Hold the baton; yields a question, "does my successor wait?", or None if it could not be had in time."""
    path, announced = settings.lake_dir / BATON, settings.lake_dir / NEXT
    deadline = time.monotonic() + SUCCESSOR_WAITS_S
    while True:
        with locked(path, blocking=False) as mine:
            if mine:
                announced.unlink(missing_ok=True)
                yield announced.exists
                return
        if time.monotonic() > deadline:
            yield None
            return
        announced.write_text(str(os.getpid()))
        time.sleep(0.02)


def drain(settings: Settings, hours: list[Hour], *, idle_s: float | None = None) -> Drained:
    """Load ``hours`` and everything that arrives meanwhile; ends when idle, relieved, or after two minutes."""
    landing = Landing(settings.landing_dir)
    drained = Drained(hours=set(hours))
    with attach.opened(settings) as connection, baton(settings) as relieved:
        if relieved is None:
            log.warning("another drain kept the baton, nothing done")
            return drained
        mark_changed(settings)  # a load that was killed between COMMIT and its mark is announced now
        _Drain(Store(connection, settings, landing), drained).run(relieved, IDLE_S if idle_s is None else idle_s)
    return drained


def sweep(settings: Settings) -> list[Hour]:
    """Return the hours whose files are not all in ``loaded_files``: the truth, however long it takes."""
    landing = Landing(settings.landing_dir)
    with attach.opened(settings, read_only=True) as connection:
        owed = []
        for hour in sorted(landing.hours()):
            paths = {file.path for file in landing.files(hour)}
            if paths - loaded_paths(connection, [hour]):
                owed.append(hour)
    return owed


class _Drain:
    """One drain's memory: what it has seen of each hour's folders."""

    def __init__(self, store: Store, drained: Drained) -> None:
        self._store = store
        self._drained = drained
        self._seen: dict[Hour, int] = {}
        self._started_ns = time.time_ns()
        self._swept = float("-inf")
        self._given = set(drained.hours)

    def run(self, relieved: Callable[[], bool], idle_s: float) -> None:
        started = last_work = time.monotonic()
        while True:
            if self._look():
                last_work = time.monotonic()
            now = time.monotonic()
            if now - last_work > idle_s or now - started > LONGEST_S or (relieved() and now - started > 1):
                return
            time.sleep(LOOK_S)

    def _look(self) -> bool:
        changed = [hour for hour in self._watched() if self._has_changed(hour)]
        before = self._drained.loaded.files
        if changed:
            self._load(changed)
        return self._drained.loaded.files > before

    def _watched(self) -> set[Hour]:
        """The hours given, those around now, and (every 5 s) all that changed since this drain began."""
        now = dt.datetime.now(dt.UTC)
        around = {hour_of(int((now + dt.timedelta(hours=h)).timestamp() * 1e6)) for h in (-1, 0, 1)}
        if time.monotonic() - self._swept > SWEEP_S:
            self._swept = time.monotonic()
            self._given |= set(self._store.landing.hours(self._started_ns - 2_000_000_000))
        return self._given | around

    def _has_changed(self, hour: Hour) -> bool:
        mtime = self._store.landing.changed_at(hour)
        changed = mtime != self._seen.get(hour, 0) or time.time_ns() - mtime < FRESH_NS
        self._seen[hour] = mtime
        return mtime > 0 and changed and hour not in self._drained.failed

    def _load(self, hours: list[Hour]) -> None:
        """Load all at once; if that fails, one by one, so that a bad hour costs no other."""
        try:
            self._take(hours)
        except duckdb.Error:
            for hour in hours:
                self._load_alone(hour)

    def _load_alone(self, hour: Hour) -> None:
        try:
            self._take([hour])
        except duckdb.Error as error:
            log.error("hour not loaded hour=%s error=%s", hour.key, type(error).__name__)
            self._drained.failed[hour] = str(error)[:500]

    def _take(self, hours: list[Hour]) -> None:
        loaded = load_hours(self._store, hours)
        if loaded.files:
            self._drained.hours.update(hours)
            self._drained.loads += 1
            self._drained.loaded += loaded
