"""First day of Dagster's hourly partitions: fixed once, at the first start; a later change orphans history."""

import datetime as dt
from pathlib import Path

from ingest_api.landing import Landing
from ingest_api.settings import Settings

FILE_NAME = "start_date"


def start_date(settings: Settings) -> dt.date:
    """Read the fixed day; before the first start: ``TRACKING_START_DATE``, else today (UTC)."""
    try:
        return dt.date.fromisoformat(_file(settings).read_text().strip())
    except (FileNotFoundError, NotADirectoryError):
        return settings.start_date or _today()


def fix_start_date(settings: Settings) -> dt.date:
    """Write the day down unless it is there already: the setting, the oldest hour that waits, or today."""
    path = _file(settings)
    if not path.exists():
        day = settings.start_date or _oldest(settings) or _today()
        aside = path.with_name(f".{FILE_NAME}.tmp")
        aside.write_text(f"{day.isoformat()}\n")
        aside.rename(path)
    return start_date(settings)


def _file(settings: Settings) -> Path:
    return settings.dagster_home / FILE_NAME


def _oldest(settings: Settings) -> dt.date | None:
    hours = Landing(settings.landing_dir).hours()
    return min(hours).date if hours else None


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
