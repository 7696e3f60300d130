"""Segments, the files of the spool: names, the one that is written, and which ones are closed.

A segment's name is random and it is never opened twice for writing. It is closed exactly when nobody holds its
flock, so a kill closes it too.
"""

import contextlib
import fcntl
import os
import time
import uuid
from pathlib import Path

from ingest_api import frames
from ingest_api.disk import Disk

SUFFIX = ".seg"
OPENING_SUFFIX = ".open"
PROBE_BYTES = 1 << 16  # two events of the largest size: a full disk often has room for one byte


class OpenSegment:
    """One open segment: made under a name the publisher ignores, locked, renamed, all before its first byte."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        name = uuid.uuid4().hex
        hidden = folder / f".{name}{OPENING_SUFFIX}"
        self._disk = disk
        self._fd = disk.create(hidden)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            disk.rename(hidden, folder / f"{name}{SUFFIX}")  # the lock follows the inode
            disk.sync_dir(folder)
        except BaseException:
            os.close(self._fd)  # a half-made one must not hold on to its lock
            raise
        self.bytes = 0
        self._opened_at = time.monotonic()
        self._records = 0

    @property
    def age_s(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._opened_at

    def write(self, payloads: list[bytes]) -> None:
        """Append records durably. After an error call ``cut_back`` and ``close``: its end is not known."""
        data = b"".join(frames.encode(payload, self._records + i) for i, payload in enumerate(payloads))
        self._disk.append(self._fd, data)
        self.bytes += len(data)
        self._records += len(payloads)

    def cut_back(self) -> None:
        """Cut off what a failed write left: after a failed fsync the kernel shows bytes that no disk may hold.

        https://lwn.net/Articles/752063/ (read 2026-11-25): such pages are marked clean, a second fsync says yes.
        """
        with contextlib.suppress(OSError):  # then they are published all the same: copies, never a loss
            self._disk.truncate(self._fd, self.bytes)

    def close(self) -> None:
        """Let go of it: the publisher may take it."""
        with contextlib.suppress(OSError):
            os.close(self._fd)


def probe(folder: Path, disk: Disk) -> None:
    """Write, sync and remove a file of some size; raise OSError when the disk does not take it."""
    path = folder / f".probe-{uuid.uuid4().hex}{OPENING_SUFFIX}"
    fd = disk.create(path)
    try:
        disk.append(fd, bytes(PROBE_BYTES))
    finally:
        os.close(fd)
        disk.unlink(path)


def closed_segments(folder: Path) -> list[Path]:
    """List the segments that nobody writes any more, in name order."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.is_file() and is_closed(path))


def is_closed(path: Path) -> bool:
    """Tell whether a segment's writer is gone: its flock is free."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(fd)


def abandoned(folder: Path, older_than_s: float) -> list[Path]:
    """List segments whose maker died before the rename: they never held a record and may be removed."""
    newest = time.time() - older_than_s
    return [p for p in folder.glob(f".*{OPENING_SUFFIX}") if is_closed(p) and p.stat().st_mtime < newest]
