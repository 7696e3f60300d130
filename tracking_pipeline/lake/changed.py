"""The mark whose time tells that the lake may hold something new. Touched after every load; imports nothing heavy,
so that schedules and sensors can look without opening the lake.
"""

import os
import time
from pathlib import Path

from ingest_api.settings import Settings


def mark_path(settings: Settings) -> Path:
    """Where the mark lies."""
    return settings.lake_dir / "changed"


def mark_changed(settings: Settings) -> None:
    """Say that the lake holds something new; after COMMIT."""
    path = mark_path(settings)
    path.touch(mode=0o600)
    os.utime(path, ns=(time.time_ns(), time.time_ns()))


def changed_ns(settings: Settings) -> int:
    """Return the time of the last change (ns since 1970); 0 before the first."""
    try:
        return mark_path(settings).stat().st_mtime_ns
    except FileNotFoundError:
        return 0
