"""Whether ``analytics.duckdb`` is to be published again: file times, so that the schedule opens no lake."""

import time
from pathlib import Path

from ingest_api.settings import Settings
from tracking_pipeline.lake.changed import changed_ns
from tracking_pipeline.lake.marts import seen

NAME = "analytics.duckdb"
PAUSE = 10  # after a run, in times of what it took: no more than a tenth of the time goes into it


def reason_to_wait(settings: Settings, now_s: float | None = None) -> str | None:
    """Say why no file need be published; None when one is due."""
    if not settings.analytics_days:
        return "TRACKING_ANALYTICS_DAYS is 0"
    if seen.reason_to_wait(settings) is None:
        return "the marts come first"
    mark, file = mark_of(settings), path_of(settings)
    if not changed_ns(settings) or (
        mark.exists() and file.exists() and mark.stat().st_mtime_ns == changed_ns(settings)
    ):
        return "the file holds what the marts hold"
    if not (mark.exists() and file.exists()):
        return None
    pause_s = file.stat().st_mtime + PAUSE * float(mark.read_text()) - (time.time() if now_s is None else now_s)
    return f"the next file is due in {pause_s:.0f} s" if pause_s > 0 else None


def path_of(settings: Settings) -> Path:
    """Where the file lies."""
    return settings.data_dir / NAME


def mark_of(settings: Settings) -> Path:
    """Holds the seconds that the last run took; its time is that of the lake's change which the file covers."""
    return settings.lake_dir / "analytics.seen"
