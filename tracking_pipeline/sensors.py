"""The sensors: one watches the landing zone and asks for drains, one asks for the sweep at start and hourly.

An hour is *owed* until its newest materialization carries the fingerprint of its files. Never a run key: a run key
whose run failed is never asked again. The cursor is a shortcut only; losing it costs one long look.
"""

import json
import os
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import dagster as dg

from ingest_api.landing import Landing, PartFile, fingerprint
from ingest_api.settings import Settings
from tracking_pipeline.assets.events import loaded_fingerprint
from tracking_pipeline.names import LANDING, LOAD_JOB, NOTHING_WAITS_LONG, SWEEP_JOB, runs_in_flight
from tracking_pipeline.reports import landing_metadata
from tracking_pipeline.standing import standing

WATCH_S = 4.0  # a tick comes every 5 s at best; it watches in between
LOOK_S = 0.2
HANDOVER_S = 56.0
FRESH_NS = 10_000_000_000
SLACK_NS = 2_000_000_000  # folder mtimes are coarse: list again what is this close
SWEEP_EVERY_S = 3600.0
MAX_HOURS_ASKED = 200
MAX_BACKOFF_S = 60.0
STARTED = f"{os.getpid()}-{time.time():.0f}"


class Asked(NamedTuple):
    """How often an hour was asked for with these files, and when last (s since 1970)."""

    tries: int
    at: float
    files: str


@dataclass(slots=True)
class Cursor:
    """What the sensor remembers: where to look from, hours that no partition exists for yet, tries per owed hour."""

    since_ns: int = 0
    off_calendar: dict[str, str] = field(default_factory=dict)
    tries: dict[str, "Asked"] = field(default_factory=dict)

    @staticmethod
    def parse(text: str | None) -> "Cursor":
        """Read a cursor; one that cannot be read means: look at everything."""
        try:
            value: dict[str, Any] = json.loads(text or "{}")
            tries = {key: Asked(*asked) for key, asked in value["tries"].items()}
            return Cursor(int(value["since_ns"]), dict(value["off_calendar"]), tries)
        except (ValueError, KeyError, TypeError, AttributeError):
            return Cursor()

    def render(self) -> str:
        """Write it as short, legible JSON."""
        return json.dumps(
            {
                "since_ns": self.since_ns,
                "off_calendar": self.off_calendar,
                "tries": {k: list(asked) for k, asked in self.tries.items()},
            }
        )


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the landing zone: files per changed hour; owed and off-calendar hours by fingerprint."""

    files: dict[str, list[PartFile]]
    owed: dict[str, str]
    off_calendar: dict[str, str]
    newest_ns: int

    @property
    def fresh(self) -> bool:
        """Files arrived within the last 10 s."""
        return time.time_ns() - self.newest_ns < FRESH_NS


def landing_sensor(hours: dg.PartitionsDefinition) -> dg.SensorDefinition:
    """Build the sensor ``new_part_files``."""

    @dg.sensor(
        name="new_part_files",
        job_name=LOAD_JOB,
        minimum_interval_seconds=1,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Watches the landing zone four of every five seconds, and asks for a load when an hour's files are not all"
            " loaded. Waits for new part files, for a load that is at work, and, after a load that failed, for"
            " 2 to 60 s. Turn it off and events wait in the landing zone; nothing is lost."
        ),
    )
    def new_part_files(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]) -> dg.SensorResult:
        cursor = Cursor.parse(context.cursor)
        landing = Landing(settings.landing_dir)
        end = time.monotonic() + WATCH_S
        while True:
            look = look_at(landing, context.instance, hours, cursor)
            ask = _must_ask(context.instance, look, cursor)
            if ask or time.monotonic() > end:
                return _result(look, cursor, hours, context.instance, ask=ask)
            time.sleep(LOOK_S)

    return new_part_files


def look_at(landing: Landing, instance: dg.DagsterInstance, hours: dg.PartitionsDefinition, cursor: Cursor) -> Look:
    """List the hours that changed since the cursor; an hour is owed if its newest materialization says less."""
    changed = landing.hours(cursor.since_ns)
    files: dict[str, list[PartFile]] = {}
    owed: dict[str, str] = {}
    off_calendar: dict[str, str] = {}
    for hour in sorted(changed):
        found = landing.files(hour)
        if not found:
            continue
        files[hour.key] = found
        wanted = fingerprint(file.path for file in found)
        if not hours.has_partition_key(hour.key):
            off_calendar[hour.key] = wanted
        elif loaded_fingerprint(instance, hour.key) != wanted:
            owed[hour.key] = wanted
    owed |= {key: wanted for key, wanted in off_calendar.items() if cursor.off_calendar.get(key) != wanted}
    return Look(files, owed, off_calendar, max(changed.values(), default=0))


def _must_ask(instance: dg.DagsterInstance, look: Look, cursor: Cursor) -> bool:
    """Ask for a drain: nobody works on what is owed, or the one at work is about to hand over."""
    if not look.owed and not look.fresh:
        return False
    live = runs_in_flight(instance, LOAD_JOB)
    if not live:
        return bool(_due(look, cursor))
    started = live[0].start_time
    if started is None or len(live) > 1:
        return False
    return look.fresh and bool(time.time() - started > HANDOVER_S)


def _due(look: Look, cursor: Cursor) -> list[str]:
    """Return owed hours to ask for now: at once with new files, else 2, 4, 8 … 60 s after they were asked for."""
    due = []
    for key, files in look.owed.items():
        asked = cursor.tries.get(key)
        if asked is None or asked.files != files or time.time() - asked.at >= min(MAX_BACKOFF_S, 2.0**asked.tries):
            due.append(key)
    return due[:MAX_HOURS_ASKED]


def _result(
    look: Look, cursor: Cursor, hours: dg.PartitionsDefinition, instance: dg.DagsterInstance, *, ask: bool
) -> dg.SensorResult:
    asked = _due(look, cursor) if ask else []
    came = [
        dg.AssetMaterialization(LANDING, partition=key, metadata=landing_metadata(files))
        for key, files in (look.files.items() if ask else ())
        if hours.has_partition_key(key)
    ]
    known = standing(instance, LANDING, NOTHING_WAITS_LONG) if came else []
    red = [one for one in known if not one.passed]  # good ones would pile up: what no run logged is never purged
    return dg.SensorResult(
        run_requests=[_request(asked)] if ask else [],
        skip_reason=None if ask else _why(look),
        asset_events=[*came, *red],
        cursor=_moved(look, cursor, asked).render(),
    )


def _request(asked: list[str]) -> dg.RunRequest:
    return dg.RunRequest(
        run_config={"ops": {"drain_landing": {"config": {"hours": asked}}}}, tags={"dagster/priority": "10"}
    )


def _moved(look: Look, cursor: Cursor, asked: list[str]) -> Cursor:
    """Remember what was asked; look from later on only once nothing is owed."""
    tries = {key: before for key, before in cursor.tries.items() if key in look.owed}
    for key in asked:
        before, files = tries.get(key), look.owed[key]
        count = before.tries + 1 if before and before.files == files else 1
        tries[key] = Asked(count, round(time.time(), 1), files)
    since = cursor.since_ns
    if not look.owed and look.newest_ns:
        since = max(since, min(look.newest_ns, time.time_ns()) - SLACK_NS)  # a folder dated ahead must not blind it
    off_calendar = {**cursor.off_calendar, **{key: fp for key, fp in look.off_calendar.items() if key in asked}}
    return Cursor(since, dict(sorted(off_calendar.items())[-50:]), tries)


def _why(look: Look) -> str:
    ahead = f"; without a partition (before the start date, or ahead of the clock): {sorted(look.off_calendar)}"
    note = ahead if look.off_calendar else ""
    if look.owed:
        return f"waiting for the load at work, or for the pause after one that failed: {list(look.owed)[:10]}{note}"
    return f"every hour's files are loaded{note}"


@dg.sensor(
    name="sweep_at_start_and_hourly",
    job_name=SWEEP_JOB,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description=(
        "Asks for a comparison of the whole landing zone with `loaded_files`, at start and every hour, for what the"
        " other sensor may have missed. Waits for the hour to pass."
    ),
)
def sweep_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Ask for the sweep when this code server is new, or the last one is an hour old."""
    started, _, at = (context.cursor or "").partition(" ")
    if started == STARTED and time.time() - float(at or 0) < SWEEP_EVERY_S:
        return dg.SkipReason("swept less than an hour ago")
    return dg.SensorResult(run_requests=[dg.RunRequest()], cursor=f"{STARTED} {time.time():.0f}")
