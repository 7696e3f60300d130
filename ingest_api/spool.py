"""The spool: where an acknowledged event lies until it is a row of a part file.

One process appends to its own segment; requests that wait together share one fdatasync (group commit). An
append that returned is on disk. What its files are: ``segments.py``.
"""

import errno
import logging
import os
import threading
import time
from pathlib import Path

from ingest_api import frames
from ingest_api.disk import Disk
from ingest_api.metrics import Metrics
from ingest_api.room import Limits, Room, SpoolFull
from ingest_api.segments import OpenSegment, probe

log = logging.getLogger(__name__)

MAX_SEGMENT_BYTES = 16 << 20
TICK_S = 0.5  # of the thread that seals and measures
PROBE_AFTER_S = 1.0  # a commit or a probe of the last second proves that the disk takes writes
NEVER = float("-inf")
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


class SpoolBroken(Exception):
    """The disk refused a write or an fsync: nothing was acknowledged, the client should come back."""


class _Commit:
    """One group commit: the payloads that share an fdatasync, and how it ended. Failed until it succeeded.

    ``gate`` is closed until the commit is done, or until it is this commit's turn: then one of those who wait
    passes and leads it. A bare lock: a ``threading.Condition`` costs 20 us a request here, a tenth of it all.
    """

    __slots__ = ("done", "error", "gate", "payloads", "requests")

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.requests = 0
        self.done = False
        self.error: Exception | None = SpoolBroken("the write did not finish")
        self.gate = threading.Lock()
        self.gate.acquire()


class Spool:
    """Append side of the spool; thread-safe; one instance a process, made after the fork."""

    def __init__(
        self, folder: Path, limits: Limits, *, disk: Disk | None = None, metrics: Metrics | None = None
    ) -> None:
        self._folder = folder
        self._seal_after_s = limits.seal_after_s
        self._disk = disk or Disk()
        self._metrics = metrics or Metrics()
        self._disk.make_dirs(folder)
        self._room = Room(folder, limits, self._disk)
        self._proven_at = NEVER  # when the disk last took a write
        self._failing = ""
        self._mutex = threading.Lock()  # of the two below
        self._next = _Commit()
        self._writing = False
        self._segment_lock = threading.Lock()  # held by whoever leads a commit, seals or closes
        self._segment: OpenSegment | None = None
        self._stop = threading.Event()
        self._sealer = threading.Thread(target=self._look_after, name="spool-sealer", daemon=True)
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
            commit.requests += 1
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
        """Raise SpoolFull or SpoolBroken when an append would fail now (for the readiness route).

        When no append has shown it within the last second, a small file is written, synced and removed: who
        is not ready gets no traffic, and would else never learn that the disk is well again.
        """
        self._room.measure()
        self._room.check()
        if not os.access(self._folder, os.W_OK):
            raise SpoolBroken(f"{self._folder.name} is not writable")
        with self._segment_lock:
            if time.monotonic() - self._proven_at > PROBE_AFTER_S:
                try:
                    probe(self._folder, self._disk)
                except OSError as error:
                    raise _fault_of(error) from error
                self._proven_at = time.monotonic()

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
            self._room.check()
            started = time.monotonic()
            self._writable_segment().write(commit.payloads)
            self._proven_at = time.monotonic()
            commit.error = None
            self._metrics.committed(self._proven_at - started, commit.requests)
        except SpoolFull as error:
            commit.error = error
        except OSError as error:
            commit.error = _fault_of(error)
        finally:
            if commit.error is not None:
                self._drop_segment(failed=True)  # never appended to again
                self._proven_at = NEVER
            self._tell(str(commit.error or ""))

    def _tell(self, failing: str) -> None:
        """Log that the spool takes nothing, or takes events again: once each, however many are refused."""
        if failing != self._failing:
            if failing:
                log.error("spool takes nothing reason=%s", failing)
            else:
                log.info("spool takes events again")
        self._failing = failing

    def _writable_segment(self) -> OpenSegment:
        segment = self._segment
        if segment and (segment.bytes >= MAX_SEGMENT_BYTES or segment.age_s >= self._seal_after_s):
            self._drop_segment()
        if self._segment is None:
            self._segment = OpenSegment(self._folder, self._disk)
        return self._segment

    def _drop_segment(self, *, failed: bool = False) -> None:
        if self._segment is not None:
            if failed:
                self._segment.cut_back()
            self._segment.close()
            self._segment = None

    def _look_after(self) -> None:
        """Close a segment at its age, so that a quiet minute does not hold events back; measure what waits."""
        while not self._stop.wait(min(self._seal_after_s / 4, TICK_S)):
            self._room.measure_if_due()
            with self._segment_lock:
                if self._segment and self._segment.age_s >= self._seal_after_s:
                    self._drop_segment()


def _fault_of(error: OSError) -> SpoolFull | SpoolBroken:
    """Name a fault by its errno alone: the text of an OSError may hold a path."""
    what = os.strerror(error.errno) if error.errno else "short write"
    return SpoolFull(f"the disk is full ({what})") if error.errno in NO_SPACE else SpoolBroken(what)
