"""Whether the spool may take more: free disk space above the reserve, and the spool below its limit."""

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from ingest_api import backlog
from ingest_api.disk import Disk

MEASURE_EVERY_S = 0.5
MEASURE_SHARE = 20  # of the time at most a twentieth goes into measuring, however many segments wait


class SpoolFull(Exception):
    """There is no room: nothing was stored, the client should come back."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How a spool is bounded: age of a segment, free space that stays on the disk, bytes that may wait (0: any)."""

    seal_after_s: float
    reserve_bytes: int = 0
    spool_bytes: int = 0


class Room:
    """Knows the spool's size as of at most about a second ago; free space is asked for each time."""

    def __init__(self, folder: Path, limits: Limits, disk: Disk) -> None:
        self._folder = folder
        self._limits = limits
        self._disk = disk
        self._waiting_bytes = 0
        self._measure_at = 0.0
        self.measure()

    def check(self) -> None:
        """Raise SpoolFull when nothing more may be stored."""
        if self._disk.free_bytes(self._folder) < self._limits.reserve_bytes:
            raise SpoolFull("free disk space is below the reserve")
        if 0 < self._limits.spool_bytes <= self._waiting_bytes:
            raise SpoolFull("the spool is over its limit: the publisher does not keep up")

    def measure(self) -> None:
        """Look how much waits."""
        started = time.monotonic()
        with contextlib.suppress(OSError):  # a folder that is gone shows in the write itself
            self._waiting_bytes = backlog.size_of(self._folder)
        now = time.monotonic()
        self._measure_at = now + max(MEASURE_EVERY_S, MEASURE_SHARE * (now - started))

    def measure_if_due(self) -> None:
        """Look, if the last look is old enough."""
        if self._limits.spool_bytes and time.monotonic() >= self._measure_at:
            self.measure()
