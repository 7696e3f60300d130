"""CONTRACT: received_at ↔ partition key ↔ folder, and the names of part files. Pure functions, UTC only.

A partition is one hour of *receipt*: ``date=YYYY-MM-DD/hour=HH`` on disk, ``YYYY-MM-DD-HH:00`` in Dagster.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["events", "rejected"]
KINDS: tuple[Kind, ...] = ("events", "rejected")

HOUR_US = 3_600_000_000
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_PART_NAME = re.compile(r"part-(\d{13})-([0-9a-f]{16})-(\d{1,9})\.parquet")
_FOLDER = re.compile(r"date=(\d{4}-\d{2}-\d{2})/hour=(\d{2})")


@dataclass(frozen=True, slots=True, order=True)
class Hour:
    """One partition: day of receipt and hour 0-23, UTC."""

    date: dt.date
    hour: int

    @property
    def key(self) -> str:
        """Dagster's partition key, ``YYYY-MM-DD-HH:00``."""
        return f"{self.date.isoformat()}-{self.hour:02d}:00"

    @property
    def folder(self) -> str:
        """Folder below the kind's root, ``date=YYYY-MM-DD/hour=HH``."""
        return f"date={self.date.isoformat()}/hour={self.hour:02d}"

    @property
    def start(self) -> dt.datetime:
        """First instant of the hour (aware, UTC)."""
        return dt.datetime.combine(self.date, dt.time(self.hour), tzinfo=dt.UTC)


def hour_of(received_at_us: int) -> Hour:
    """Return the partition of an instant given in microseconds since 1970."""
    at = EPOCH + dt.timedelta(microseconds=received_at_us - received_at_us % HOUR_US)
    return Hour(at.date(), at.hour)


def parse_key(key: str) -> Hour:
    """Parse ``YYYY-MM-DD-HH:00``; ValueError for anything else."""
    at = dt.datetime.strptime(key, "%Y-%m-%d-%H:00").replace(tzinfo=dt.UTC)
    return Hour(at.date(), at.hour)


def parse_folder(folder: str) -> Hour | None:
    """Parse ``date=YYYY-MM-DD/hour=HH``; None for a folder that is no partition."""
    match = _FOLDER.fullmatch(folder)
    if not match or int(match[2]) > 23:
        return None
    try:
        return Hour(dt.date.fromisoformat(match[1]), int(match[2]))
    except ValueError:
        return None


def part_name(first_received_us: int, digest: str, rows: int) -> str:
    """Name a part file: receipt of its first row (ms), 16 hex digits of its plan, its row count."""
    return f"part-{first_received_us // 1000:013d}-{digest}-{rows}.parquet"


def rows_in_name(name: str) -> int | None:
    """Row count that a part file's name carries; None when the name is not a part file's."""
    match = _PART_NAME.fullmatch(name)
    return int(match[3]) if match else None
