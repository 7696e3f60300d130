"""CONTRACT: the landing zone, the set of part files. List, publish if absent, read, delete; nothing else.

Paths are relative to its root and use ``/``: ``events/date=2026-11-25/hour=09/part-….parquet``. On S3 the
same four operations exist (``If-None-Match: *`` for publish), so nothing above knows a file system.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest_api.disk import Disk
from ingest_api.partitions import KINDS, Hour, Kind, parse_folder

STAGING = ".staging"


@dataclass(frozen=True, slots=True, order=True)
class PartFile:
    """One candidate file of an hour: relative path, kind, hour, size and publication time (ns since 1970)."""

    path: str
    kind: Kind
    hour: Hour
    bytes: int
    published_ns: int

    @property
    def name(self) -> str:
        """File name without folders."""
        return self.path.rpartition("/")[2]


class Landing:
    """The landing zone on a local file system."""

    def __init__(self, root: Path, disk: Disk | None = None) -> None:
        self.root = root
        self._disk = disk or Disk()

    def make(self) -> None:
        """Create the empty landing zone (idempotent)."""
        for kind in KINDS:
            self._disk.make_dirs(self.root / kind / STAGING, within=self.root)

    def staging(self, kind: Kind) -> Path:
        """Folder in which a part is written aside, on the same file system as its final place."""
        return self.root / kind / STAGING

    def publish(self, aside: Path, path: str) -> bool:
        """Publish a finished file under ``path`` if that is absent, durably; False when it existed."""
        target = self.root / path
        self._disk.make_dirs(target.parent, within=self.root)
        linked = self._disk.link(aside, target)
        self._disk.sync_dir(target.parent)
        return linked

    def settle(self, path: str) -> bool:
        """Tell whether a part file is there, and make its name durable: its publisher may have died before."""
        target = self.root / path
        if not target.is_file():
            return False
        self._disk.make_dirs(target.parent, within=self.root)
        self._disk.sync_dir(target.parent)
        return True

    def absolute(self, path: str) -> Path:
        """Where a part file can be read."""
        return self.root / path

    def exists(self, path: str) -> bool:
        """Tell whether a part file is there."""
        return (self.root / path).is_file()

    def delete(self, path: str) -> None:
        """Remove a part file (retention); a missing one is fine."""
        self._disk.unlink(self.root / path)

    def hours(self, since_ns: int = 0) -> dict[Hour, int]:
        """Return hours with a folder of either kind and its newest change (mtime, ns), from ``since_ns`` on.

        One stat a folder. Stray files and folders are passed over.
        """
        found: dict[Hour, int] = {}
        for kind in KINDS:
            for hour, mtime in _hour_folders(self.root / kind):
                if mtime >= since_ns:
                    found[hour] = max(mtime, found.get(hour, 0))
        return found

    def changed_at(self, hour: Hour) -> int:
        """Newest change (mtime, ns) of an hour's folders; 0 when it has none."""
        newest = 0
        for kind in KINDS:
            with contextlib.suppress(OSError):
                newest = max(newest, (self.root / kind / hour.folder).stat().st_mtime_ns)
        return newest

    def files(self, hour: Hour) -> list[PartFile]:
        """List an hour's Parquet files of both kinds, sorted by path; anything else in the folder is passed over."""
        return sorted(file for kind in KINDS for file in self._files(kind, hour))

    def strays(self) -> list[str]:
        """List what lies in the landing zone and is neither partition nor Parquet file, for the operator."""
        return sorted(path for kind in KINDS for path in _strays(self.root, kind))

    def _files(self, kind: Kind, hour: Hour) -> Iterator[PartFile]:
        for entry in _scan(self.root / kind / hour.folder):
            if entry.name.endswith(".parquet") and entry.is_file(follow_symlinks=False):
                stat = entry.stat()
                yield PartFile(f"{kind}/{hour.folder}/{entry.name}", kind, hour, stat.st_size, stat.st_mtime_ns)


def fingerprint(names: Iterable[str]) -> str:
    """Identity of a set of part files: 12 hex digits over their sorted paths."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:12]


def _hour_folders(root: Path) -> Iterator[tuple[Hour, int]]:
    for day in _scan(root):
        if not day.name.startswith("date="):
            continue
        for entry in _scan(Path(day.path)):
            hour = parse_folder(f"{day.name}/{entry.name}")
            if hour is not None and entry.is_dir():
                yield hour, entry.stat().st_mtime_ns


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _strays(root: Path, kind: Kind) -> Iterator[str]:
    for day in _scan(root / kind):
        if day.name == STAGING:
            continue
        hours = _scan(Path(day.path)) if day.is_dir() else []
        if not hours:
            yield f"{kind}/{day.name}"
        for entry in hours:
            if parse_folder(f"{day.name}/{entry.name}") is None or not entry.is_dir():
                yield f"{kind}/{day.name}/{entry.name}"
                continue
            for file in _scan(Path(entry.path)):
                if not file.name.endswith(".parquet") or not file.is_file(follow_symlinks=False):
                    yield f"{kind}/{day.name}/{entry.name}/{file.name}"
