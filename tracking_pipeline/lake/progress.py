"""Which hours of a backfill are done, on disk, so that a backfill that was killed goes on where it stopped.

One file: the range in its first line, then the key of each hour. Losing it costs doing hours again, which changes
nothing; so it is written after the hour's transaction, and deleted when the backfill has ended.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from ingest_api.partitions import Hour
from ingest_api.settings import Settings


class Progress:
    """Hours done of one range; of another range, or ``anew``, none are."""

    def __init__(self, settings: Settings, span: str, *, anew: bool = False) -> None:
        self._path = settings.lake_dir / "backfill.progress"
        self._span = span
        self.done: set[str] = set() if anew else _read(self._path, span)
        if not self.done:
            self._path.unlink(missing_ok=True)

    def left(self, hours: Iterable[Hour]) -> list[Hour]:
        """Return those of the hours that are not done."""
        return [hour for hour in hours if hour.key not in self.done]

    def note(self, hour: Hour) -> None:
        """Note one hour as done, durably."""
        with self._path.open("a") as file:
            if not file.tell():
                file.write(f"{self._span}\n")
            file.write(f"{hour.key}\n")
            file.flush()
            os.fsync(file.fileno())
        self.done.add(hour.key)

    def end(self) -> None:
        """Forget everything: the backfill has ended."""
        self._path.unlink(missing_ok=True)


def _read(path: Path, span: str) -> set[str]:
    try:
        written, *keys = path.read_text().splitlines() or [""]
    except FileNotFoundError:
        return set()
    return set(keys) if written == span else set()
