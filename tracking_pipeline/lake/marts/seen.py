"""Whether the lake changed since the marts last looked, or what makes them did: two file times and a hash, so that the
schedule opens no lake.

Losing the file costs one run that finds nothing new.
"""

import os
from pathlib import Path

from ingest_api.settings import Settings
from tracking_pipeline.lake.changed import changed_ns
from tracking_pipeline.lake.marts.definition import definition
from tracking_pipeline.lake.sessions import rule_of


def reason_to_wait(settings: Settings) -> str | None:
    """Say why a refresh would find nothing; None if it would find something."""
    changed = changed_ns(settings)
    if not changed:
        return "nothing was ever loaded"
    return "the marts have seen all that was loaded" if _seen_ns(settings) == changed else None


def remember(settings: Settings, changed: int) -> None:
    """Note the lake's mark as it was before the refresh looked, and by what the marts are made."""
    path = _path(settings)
    path.touch(mode=0o600)
    path.write_text(definition(rule_of(settings)))
    os.utime(path, ns=(changed, changed))


def _seen_ns(settings: Settings) -> int:
    """Return the mark that was noted (ns since 1970); -1: none, or by what makes the marts no longer."""
    try:
        made_by = _path(settings).read_text()
        return _path(settings).stat().st_mtime_ns if made_by == definition(rule_of(settings)) else -1
    except FileNotFoundError:
        return -1


def _path(settings: Settings) -> Path:
    return settings.lake_dir / "marts.seen"
