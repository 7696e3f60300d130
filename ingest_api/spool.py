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
from pathlib import Path

from ingest_api import frames
from ingest_api.disk import Disk

log = logging.getLogger(__name__)

SUFFIX = ".seg"
OPENING_SUFFIX = ".open"
MAX_SEGMENT_BYTES = 16 << 20


class SpoolFull(Exception):
    """Free space is below the reserve: nothing was stored, the client should come back."""


class SpoolBroken(Exception):
    """The disk refused a write or an fsync: nothing was acknowledged, the client should come back."""


class _Commit:
    """One group commit: the payloads that share an fdatasync, and how it ended. Failed until it succeeded.

    ``gate`` is closed until the commit is done, or until it is this commit's turn: then one of those who wait
    passes and leads it. A bare lock: a ``threading.Condition`` costs 20 us a request here, a tenth of it all.
    """

    __slots__ = ("done", "error", "gate", "payloads")

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.done = False
        self.error: Exception | None = SpoolBroken("the write did not finish")
        self.gate = threading.Lock()
        self.gate.acquire()


class Spool:
    """Append side of the spool; thread-safe; one instance a process, made after the fork."""

    def __init__(self, folder: Path, *, seal_after_s: float, reserve_bytes: int, disk: Disk | None = None) -> None:
        self._folder = folder
        self._seal_after_s = seal_after_s
        self._reserve_bytes = reserve_bytes
        self._disk = disk or Disk()
        self._disk.make_dirs(folder)
        self._mutex = threading.Lock()  # of the two below
        self._next = _Commit()
        self._writing = False
        self._segment_lock = threading.Lock()  # held by whoever leads a commit, seals or closes
        self._segment: _Segment | None = None
        self._stop = threading.Event()
        self._sealer = threading.Thread(target=self._seal_old, name="spool-sealer", daemon=True)
        self._sealer.start()

    def append(self, payloads: list[bytes]) -> None:
        """Store payloads durably, in order; raise SpoolFull or SpoolBroken when that is not certain.

        After SpoolBroken some of them may be on disk all the same: the client's next try is then a copy.
        """
        if not payloads or not all(0 < len(payload) <= frames.MAX_PAYLOAD_BYTES for payload in payloads):
            raise ValueError("a record is empty or over the frame's limit")  # before it can harm the others
        with self._mutex:
            commit, leads = self._next, not self._writing
            commit.payloads += payloads
            if leads:
                self._writing, self._next = True, _Commit()
        if not leads:
            commit.gate.acquire()
        try:
            if not commit.done:
                self._lead(commit)
        finally:
            commit.gate.release()  # lets the next of those who wait pass
        if commit.error is not None:
            raise commit.error

    def check(self) -> None:
        """Raise SpoolFull or SpoolBroken when an append would fail now (for the readiness route)."""
        self._check_space()
        if not os.access(self._folder, os.W_OK):
            raise SpoolBroken(f"{self._folder} is not writable")

    def close(self) -> None:
        """Seal the open segment and stop the sealer. Later appends still work, each sealed by the next."""
        self._stop.set()
        with self._segment_lock:
            self._drop_segment()

    def _lead(self, commit: _Commit) -> None:
        """Write what all who wait brought, then hand the turn to the next commit."""
        with self._mutex:
            if self._next is commit:  # waited for its turn: later payloads belong to the next one
                self._next = _Commit()
        try:
            with self._segment_lock:
                self._write(commit)
        finally:
            commit.done = True
            with self._mutex:
                self._writing = bool(self._next.payloads)
                if self._writing:
                    self._next.gate.release()

    def _write(self, commit: _Commit) -> None:
        try:
            self._check_space()
            self._writable_segment().write(commit.payloads)
            commit.error = None
        except SpoolFull as error:
            commit.error = error
        except OSError as error:
            log.error("spool write failed errno=%s", error.errno)
            commit.error = SpoolBroken(str(error))
        finally:
            if commit.error is not None:
                self._drop_segment()  # never appended to again: what it holds past this point is unknown

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
            with self._segment_lock:
                if self._segment and self._segment.age_s >= self._seal_after_s:
                    self._drop_segment()


class _Segment:
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
        self._disk.append(self._fd, data)
        self.bytes += len(data)
        self._records += len(payloads)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._fd)


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
    """List segments whose maker died before the rename: they never held a byte and may be removed."""
    newest = time.time() - older_than_s
    return [p for p in folder.glob(f".*{OPENING_SUFFIX}") if is_closed(p) and p.stat().st_mtime < newest]
