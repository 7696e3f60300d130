"""A disk that refuses, a spool that is full, a clock that jumps: 503 and not ready, and well again by itself."""

import datetime as dt
import errno
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from ingest_api.disk import Disk
from ingest_api.partitions import HOUR_US
from ingest_api.room import Limits, SpoolFull
from ingest_api.spool import Spool, SpoolBroken
from tests.crash.records import NOW, write_segment
from tests.ingest_api.conftest import Tracker, make_tracker
from tests.support import wait_until

CALL = '{"userId": "u", "event": "e"}'


class Faulty(Disk):
    """A disk whose operations fail as told: name of the operation → errno."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: dict[str, int] = {}

    def _maybe(self, name: str) -> None:
        if name in self.errors:
            raise OSError(self.errors[name], os.strerror(self.errors[name]))

    def create(self, path: Path) -> int:
        self._maybe("create")
        return super().create(path)

    def append(self, fd: int, data: bytes) -> None:
        if "short" in self.errors:
            os.write(fd, data[: len(data) // 2])
            raise OSError("short write")
        if "fsync" in self.errors:
            os.write(fd, data)
        self._maybe("fsync")
        super().append(fd, data)

    def sync_dir(self, folder: Path) -> None:
        self._maybe("sync_dir")
        super().sync_dir(folder)


FAULTS = {
    "disk_full": ({"create": errno.ENOSPC}, "storage_full", "30", "No space left on device"),
    "quota_reached": ({"fsync": errno.EDQUOT}, "storage_full", "30", "quota exceeded"),
    "read_only_disk": ({"create": errno.EROFS}, "storage_failed", "5", "Read-only file system"),
    "fsync_error": ({"fsync": errno.EIO}, "storage_failed", "5", "Input/output error"),
    "short_write": ({"short": 0}, "storage_failed", "5", "short write"),
    "folder_fsync_error": ({"sync_dir": errno.EIO, "fsync": errno.EIO}, "storage_failed", "5", "Input/output error"),
}


@pytest.mark.parametrize(("errors", "code", "retry_after", "says"), FAULTS.values(), ids=FAULTS)
def test_fault_of_a_simulated_disk_is_503_until_it_is_over(
    tracker: Tracker, errors: dict[str, int], code: str, retry_after: str, says: str
) -> None:
    disk = Faulty()
    spool = Spool(tracker.settings.spool_dir, Limits(60), disk=disk)
    object.__setattr__(tracker.collector, "spool", spool)
    tracker.post("/v1/track", CALL)
    spool.close()  # the next append makes a segment

    disk.errors = errors
    refused = [tracker.post("/v1/track", CALL), tracker.client.get("/health/ready")]
    live = tracker.client.get("/health/live").status_code
    disk.errors = {}
    ready = tracker.client.get("/health/ready").status_code
    accepted = tracker.post("/v1/track", CALL).status_code

    assert [(answer.status_code, answer.json["code"]) for answer in refused] == [(503, code)] * 2
    assert {answer.headers["Retry-After"] for answer in refused} == {retry_after}
    assert says in refused[1].json["message"]
    assert (live, ready, accepted) == (200, 200, 200)
    assert len(tracker.stored()[0]) == 2


def test_a_segment_is_not_trusted_after_a_failed_fsync(tmp_path: Path) -> None:
    disk = Faulty()
    spool = Spool(tmp_path, Limits(60), disk=disk)
    spool.append([b"stored"])
    (segment,) = tmp_path.glob("*.seg")
    acknowledged = segment.read_bytes()
    disk.errors = {"fsync": errno.EIO}
    with pytest.raises(SpoolBroken):
        spool.append([b"never acknowledged"])
    disk.errors = {}

    spool.append([b"stored elsewhere"])

    assert segment.read_bytes() == acknowledged
    assert len(list(tmp_path.glob("*.seg"))) == 2
    spool.close()


def test_an_outage_is_logged_once_and_its_end_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    disk = Faulty()
    spool = Spool(tmp_path, Limits(60), disk=disk)
    caplog.set_level(logging.INFO)
    disk.errors = {"create": errno.EROFS}
    for _ in range(3):
        with pytest.raises(SpoolBroken):
            spool.append([b"x"])
    disk.errors = {}

    spool.append([b"x"])

    assert caplog.messages == ["spool takes nothing reason=Read-only file system", "spool takes events again"]
    spool.close()


def test_spool_over_its_limit_is_503_until_the_publisher_has_been(tmp_path: Path) -> None:
    tracker = make_tracker(tmp_path / "data", spool_limit_mb=1)
    spool = tracker.collector.spool
    waiting = write_segment(tracker.settings.spool_dir, "a", [b"x" * 1_000_000])

    not_ready = tracker.client.get("/health/ready")
    refused = tracker.post("/v1/track", CALL)
    waiting.unlink()
    wait_until(lambda: tracker.post("/v1/track", CALL).status_code == 200)

    assert (not_ready.status_code, not_ready.json["code"], not_ready.headers["Retry-After"]) == (
        503,
        "storage_full",
        "30",
    )
    assert "publisher does not keep up" in not_ready.json["message"]
    assert (refused.status_code, refused.json["code"], refused.json["retry"]) == (503, "storage_full", True)
    assert tracker.client.get("/health/ready").json == {"status": "ready"}
    spool.close()


def test_a_restart_over_the_limit_takes_nothing(tmp_path: Path) -> None:
    write_segment(tmp_path, "a", [b"x" * 1000])
    spool = Spool(tmp_path, Limits(60, spool_bytes=1000))

    with pytest.raises(SpoolFull, match="over its limit"):
        spool.append([b"y"])

    spool.close()


CLOCKS = [NOW, NOW - 3 * HOUR_US, NOW + 24 * 365 * HOUR_US, NOW + 1, 0]


def test_a_clock_that_jumps_loses_nothing(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Receipt follows the machine's clock, wherever it stands; ages of segments do not."""
    for number, clock in enumerate(CLOCKS):
        monkeypatch.setattr("time.time_ns", lambda now=clock: now * 1000)
        answer: Any = tracker.post("/v1/track", f'{{"userId": "u", "event": "e", "messageId": "{number}"}}')
        assert answer.status_code == 200
    monkeypatch.undo()

    rows = tracker.stored()[0]

    received = {
        int(str(row["message_id"])): row["received_at"].replace(tzinfo=dt.UTC).timestamp() * 1e6 for row in rows
    }
    assert {number: round(at) for number, at in received.items()} == dict(enumerate(CLOCKS))
    assert all(row["occurred_at"] <= row["received_at"] for row in rows)
