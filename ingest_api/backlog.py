"""What waits in the spool, as numbers: for its limit, the readiness route and ``/metrics``. Reads names and sizes."""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from ingest_api.segments import SUFFIX, is_closed


@dataclass(frozen=True, slots=True)
class Backlog:
    """Segments that are not published yet. Ages count from a segment's last record, seconds."""

    segments: int = 0
    bytes: int = 0
    oldest_s: float = 0
    publisher_lag_s: float = 0


def measure(folder: Path) -> Backlog:
    """Look at all segments of a spool. The publisher lags by the age of the oldest one that is closed."""
    found = sorted(_segments(folder))
    if not found:
        return Backlog()
    now = time.time()
    closed = next((changed_at for changed_at, _, path in found if is_closed(Path(path))), now)
    size = sum(size for _, size, _ in found)
    return Backlog(len(found), size, max(0.0, now - found[0][0]), max(0.0, now - closed))


def size_of(folder: Path) -> int:
    """Bytes of all segments."""
    return sum(size for _, size, _ in _segments(folder))


def _segments(folder: Path) -> list[tuple[float, int, str]]:
    """List last change, size and path; what is published meanwhile is passed over."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(SUFFIX):
                with contextlib.suppress(FileNotFoundError):
                    stat = entry.stat()
                    found.append((stat.st_mtime, stat.st_size, entry.path))
    return found
