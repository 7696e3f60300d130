"""The spool: where an acknowledged event lies until it is a row of a part file.

One process appends to its own segment; requests that wait together share one fdatasync (group commit). An
append that returned is on disk. Segment names are random, a segment is never opened twice for writing, and it
is closed exactly when nobody holds its flock, so a kill closes it too.
"""

import contextlib
import fcntl
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from ingest_api import frames
from ingest_api.disk import PRIVATE_FILE, Disk

log = logging.getLogger(__name__)

SUFFIX = ".seg"
MAX_SEGMENT_BYTES = 16 << 20


class SpoolFull(Exception):
    """Free space is below the reserve: nothing was stored, the client should come back."""


class SpoolBroken(Exception):
    """The disk refused a write or an fsync: nothing was acknowledged, the client should come back."""


class _Commit:
    """One group commit: the payloads that share an fdatasync, and how it ended."""

    __slots__ = ("done", "error", "payloads")

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.done = False
        self.error: Exception | None = None


class Spool:
    """Append side of the spool; thread-safe; one instance a process, made after the fork."""

    def __init__(
        self, folder: Path, *, seal_after_s: float, reserve_bytes: int, disk: Disk | None = None
    ) -> None:
        self._folder = folder
        self._seal_after_s = seal_after_s
        self._reserve_bytes = reserve_bytes
        self._disk = disk or Disk()
        self._disk.make_dirs(folder)
        self._turn = threading.Condition()
        self._next = _Commit()
        self._writing = False
        self._segment: _Segment | None = None
        self._stop = threading.Event()
        self._sealer = threading.Thread(target=self._seal_old, name="spool-sealer", daemon=True)
        self._sealer.start()

    def append(self, payloads: list[bytes]) -> None:
        """Store payloads durably, in order, or raise SpoolFull / SpoolBroken and store none that counts."""
        with self._turn:
            commit = self._next
            commit.payloads += payloads
            while self._writing and not commit.done:
                self._turn.wait()
            if not commit.done:
                self._writing, self._next = True, _Commit()
        if not commit.done:
            self._lead(commit)
        if commit.error is not None:
            raise commit.error

    def check(self) -> None:
        """Raise SpoolFull or SpoolBroken when an append would fail now (for the readiness route)."""
        self._check_space()
        if not os.access(self._folder, os.W_OK):
            raise SpoolBroken(f"{self._folder} is not writable")

    def close(self) -> None:
        """Seal the open segment; further appends open a new one."""
        self._stop.set()
        with self._turn:
            while self._writing:
                self._turn.wait()
            self._drop_segment()

    def _lead(self, commit: _Commit) -> None:
        """Write what all waiters brought; this thread owns the segment until it is done."""
        try:
            self._check_space()
            self._writable_segment().write(commit.payloads)
        except SpoolFull as error:
            commit.error = error
        except OSError as error:
            log.error("spool write failed errno=%s", error.errno)
            commit.error = SpoolBroken(str(error))
            self._drop_segment()  # never appended to again: what it holds past this point is unknown
        finally:
            with self._turn:
                commit.done, self._writing = True, False
                self._turn.notify_all()

    def _check_space(self) -> None:
        if self._disk.free_bytes(self._folder) < self._reserve_bytes:
            raise SpoolFull("free disk space is below the reserve")

    def _writable_segment(self) -> "_Segment":
        segment = self._segment
        if segment and (segment.bytes >= MAX_SEGMENT_BYTES or segment.age_s >= self._seal_after_s):
            self._drop_segment()
        if self._segment is None:
            self._segment = _Segment(self._folder, self._disk)
        return self._segment

    def _drop_segment(self) -> None:
        if self._segment is not None:
            self._segment.close()
            self._segment = None

    def _seal_old(self) -> None:
        """Close a segment at its age, so that a quiet minute does not hold events back."""
        while not self._stop.wait(self._seal_after_s / 4):
            with self._turn:
                segment = self._segment
                if segment and not self._writing and segment.age_s >= self._seal_after_s:
                    self._drop_segment()


class _Segment:
    """One open segment: created under a name the publisher ignores, locked, then renamed, before its first byte."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        name = uuid.uuid4().hex
        hidden = folder / f".{name}.open"
        self._fd = os.open(
            hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE
        )
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            hidden.rename(folder / f"{name}{SUFFIX}")  # the lock follows the inode
            disk.sync_dir(folder)
        except OSError:
            os.close(self._fd)
            raise
        self.bytes = 0
        self._opened_at = time.monotonic()
        self._records = 0

    @property
    def age_s(self) -> float:
        return time.monotonic() - self._opened_at

    def write(self, payloads: list[bytes]) -> None:
        data = b"".join(frames.encode(payload, self._records + i) for i, payload in enumerate(payloads))
        written = os.write(self._fd, data)
        if written != len(data):
            raise OSError(f"short write: {written} of {len(data)} bytes")
        os.fdatasync(self._fd)
        self.bytes += written
        self._records += len(payloads)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._fd)


def closed_segments(folder: Path) -> list[Path]:
    """List the segments that nobody writes any more, in name order."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.is_file() and is_closed(path))


def is_closed(path: Path) -> bool:
    """Tell whether a segment's writer is gone: its flock is free."""
    return _with_fd(path, _flock_is_free)


def _with_fd(path: Path, test: Callable[[int], bool]) -> bool:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return test(fd)
    finally:
        os.close(fd)


def _flock_is_free(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
