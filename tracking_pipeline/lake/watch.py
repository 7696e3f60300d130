"""What a person should know of an hour, judged by fixed limits: volume, refusals, plan, loss in the browser, clocks.

No row is wrong when one of these is red: something outside is, or was changed. Read only.
"""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb

from ingest_api.partitions import HOUR_US, Hour, hour_of
from ingest_api.settings import Settings
from tracking_pipeline.lake.schema import statement
from tracking_pipeline.lake.waiting import waiting_files

WEEKS = 4
WEEKS_NEEDED = 2
USUAL_EVENTS = 100  # below, an hour's volume says nothing
LEAST, MOST = 0.5, 3.0  # of the median of the past weeks
FEW = 20  # of a kind of event: fewer are nobody's alarm
SHARE = 0.05
LOSS_SHARE = 0.02
CLOCK_OFF_S = 300
CLOCK_OFF_SHARE = 0.2
SKEW_S = 60.0
WAITS_AT_MOST_S = 300


@dataclass(frozen=True, slots=True)
class HourFacts:
    """One hour in numbers; ``past`` holds what came in the same hour of past weeks, newest first."""

    hour: Hour
    received: int = 0
    rejected: int = 0
    duplicate: int = 0
    stored: int = 0
    off_plan: int = 0
    clocked: int = 0
    skew_s: float = 0.0
    clocks_off: int = 0
    numbered: int = 0
    missing: int = 0
    past: tuple[int, ...] = ()
    is_over: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check says of it, with the numbers that it looked at."""

    check: str
    passed: bool
    numbers: dict[str, float] = field(default_factory=dict)


def hour_facts(connection: duckdb.DuckDBPyConnection, hour: Hour, now: float | None = None) -> HourFacts:
    """Read one hour's numbers; ``now`` in seconds since 1970."""
    at_us = int(hour.start.timestamp()) * 1_000_000
    before, after = hour_of(at_us - HOUR_US), hour_of(at_us + HOUR_US)
    parameters = {
        "date": hour.date,
        "hour": hour.hour,
        "date_before": before.date,
        "hour_before": before.hour,
        "date_after": after.date,
        "hour_after": after.hour,
        "clock_off_ms": CLOCK_OFF_S * 1000,
    }
    row = connection.execute(statement("hour_facts"), parameters).fetchone() or ()
    past = connection.execute(
        statement("past_weeks"), {"date": hour.date, "hour": hour.hour, "weeks": WEEKS}
    ).fetchall()
    now = time.time() if now is None else now
    is_over = now >= after.start.timestamp()
    names = ("received", "rejected", "duplicate", "stored", "off_plan", "clocked")
    counts = {name: int(value) for name, value in zip(names, row, strict=False)}
    skew_s, clocks_off, numbered, missing = row[len(names) :]
    return HourFacts(
        hour,
        **counts,
        skew_s=float(skew_s),
        clocks_off=int(clocks_off),
        numbered=int(numbered),
        missing=int(missing),
        past=tuple(int(received) for (received,) in past),
        is_over=is_over,
    )


def verdicts(facts: HourFacts) -> Iterator[Verdict]:
    """Judge one hour by every check."""
    yield _volume(facts)
    yield _share("few_rejected", SHARE, rejected=facts.rejected, received=facts.received)
    yield _share("few_off_plan", SHARE, off_plan=facts.off_plan, stored=facts.stored)
    yield _share("clients_lose_nothing", LOSS_SHARE, missing=facts.missing, numbered=facts.numbered)
    yield _clocks(facts)


def oldest_wait_s(settings: Settings, connection: duckdb.DuckDBPyConnection) -> tuple[int, float]:
    """Return how many part files wait to be loaded, and how long the oldest of them has, seconds."""
    published = [file.published_ns for file, _ in waiting_files(settings, connection)]
    return len(published), max(0.0, time.time() - min(published) / 1e9) if published else 0.0


def _volume(facts: HourFacts) -> Verdict:
    usual = statistics.median(facts.past) if facts.past else 0.0
    says_something = facts.is_over and len(facts.past) >= WEEKS_NEEDED and usual >= USUAL_EVENTS
    is_usual = LEAST * usual <= facts.received <= MOST * usual
    numbers: dict[str, float] = {"received": facts.received, "usual": usual, "weeks": len(facts.past)}
    return Verdict("volume_as_usual", is_usual or not says_something, numbers)


def _share(check: str, limit: float, **counts: int) -> Verdict:
    """Judge the first count as a share of the second."""
    count, whole = counts.values()
    share = count / whole if whole else 0.0
    return Verdict(check, count < FEW or share <= limit, {**counts, "percent": round(100 * share, 2)})


def _clocks(facts: HourFacts) -> Verdict:
    share = facts.clocks_off / facts.clocked if facts.clocked else 0.0
    agrees = abs(facts.skew_s) <= SKEW_S and share <= CLOCK_OFF_SHARE
    numbers = {"median_skew_s": round(facts.skew_s, 3), "percent_off": round(100 * share, 2), "clocked": facts.clocked}
    return Verdict("clocks_agree", agrees or facts.clocked < FEW, numbers)
