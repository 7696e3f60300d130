"""Counters of several processes on one data folder, added up; they survive restarts and kills.

Each process takes a free slot (a lock that the kernel frees when it dies) and goes on counting from what the slot
held. Every second it writes its values there, if they changed, by rename and without fsync: they may lose a second by
a kill, more by a power cut. Not a shared memory map: on a failing disk a store into one ends the process (SIGBUS).
"""

import contextlib
import fcntl
import logging
import os
import threading
from pathlib import Path

import msgspec

from ingest_api.disk import PRIVATE_DIR, PRIVATE_FILE
from ingest_api.metrics import Metrics, Values

log = logging.getLogger(__name__)

MAX_SLOTS = 256
WRITE_EVERY_S = 1.0


class MetricsStore:
    """One process's slot in the folder of metrics. Where no slot can be had, values stay in this process."""

    def __init__(self, folder: Path, metrics: Metrics) -> None:
        self._folder = folder
        self._metrics = metrics
        self._slot: Path | None = None
        self._lock_fd = -1
        self._stop = threading.Event()
        self._saving = threading.Lock()
        self._written: Values | None = None
        try:
            self._take_slot()
        except OSError as error:
            log.warning("metrics are kept in memory only errno=%s", error.errno)
            return
        threading.Thread(target=self._save_regularly, name="metrics", daemon=True).start()

    def total(self) -> Values:
        """Add up this process's values and what all others wrote last."""
        total = self._metrics.values()
        with contextlib.suppress(OSError):
            for path in self._folder.glob("*.json"):
                if path != self._slot:
                    for key, value in _read(path).items():
                        total[key] = total.get(key, 0) + value
        return total

    def save(self) -> None:
        """Write this process's values if they changed; a disk that refuses costs nothing but the values' age."""
        if self._slot is None:
            return
        aside = self._slot.with_suffix(".tmp")
        with self._saving, contextlib.suppress(OSError):
            values = self._metrics.values()
            if values != self._written:
                aside.write_bytes(msgspec.json.encode(values))
                aside.rename(self._slot)
                self._written = values

    def close(self) -> None:
        """Write the last values and free the slot."""
        self._stop.set()
        self.save()
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1

    def _take_slot(self) -> None:
        self._folder.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
        for number in range(MAX_SLOTS):
            slot = self._folder / f"{number}.json"
            fd = os.open(slot.with_suffix(".lock"), os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(fd)
                continue
            self._slot, self._lock_fd = slot, fd
            self._metrics.start_from(_read(slot))
            return
        log.warning("metrics are kept in memory only: all slots are taken")

    def _save_regularly(self) -> None:
        while not self._stop.wait(WRITE_EVERY_S):
            self.save()


def _read(path: Path) -> Values:
    """Read a slot; one that is not there or not readable counts nothing."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, float])
    except (OSError, msgspec.DecodeError):
        return {}
