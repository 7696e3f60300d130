"""Group commit and the life of a segment, on real files."""

import errno
import itertools
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest_api.disk import Disk
from ingest_api.frames import MAX_PAYLOAD_BYTES, decode
from ingest_api.room import Limits, SpoolFull
from ingest_api.segments import abandoned, closed_segments
from ingest_api.spool import Spool, SpoolBroken
from tests.support import wait_until


class Slow(Disk):
    """A disk whose appends wait for a gate, count, and fail when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.appends: list[int] = []
        self.error: Exception | None = None
        self.free = 1 << 40

    def append(self, fd: int, data: bytes) -> None:
        self.appends.append(len(decode(data).payloads))
        self.gate.wait(10)
        if self.error is not None:
            raise self.error
        super().append(fd, data)

    def free_bytes(self, folder: Path) -> int:
        return self.free


@pytest.fixture
def disk() -> Slow:
    return Slow()


@pytest.fixture
def spool(tmp_path: Path, disk: Slow) -> Iterator[Spool]:
    made = Spool(tmp_path / "spool", Limits(60, 1000), disk=disk)
    yield made
    disk.gate.set()
    made.close()


def _stored(tmp_path: Path) -> list[list[bytes]]:
    """Payloads by segment."""
    return [decode(path.read_bytes()).payloads for path in (tmp_path / "spool").glob("*.seg")]


def _append_in_threads(spool: Spool, payloads: list[bytes]) -> tuple[list[threading.Thread], dict[bytes, str]]:
    outcomes: dict[bytes, str] = {}

    def one(payload: bytes) -> None:
        try:
            spool.append([payload])
            outcomes[payload] = "stored"
        except Exception as error:  # noqa: BLE001 - the outcome is what is tested
            outcomes[payload] = type(error).__name__

    threads = [threading.Thread(target=one, args=(payload,)) for payload in payloads]
    for thread in threads:
        thread.start()
    return threads, outcomes


def _join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(10)


def test_append_that_returned_is_in_the_segment(tmp_path: Path, spool: Spool) -> None:
    spool.append([b"a", b"b"])
    spool.append([b"c"])

    assert _stored(tmp_path) == [[b"a", b"b", b"c"]]


def test_requests_that_wait_share_one_write(tmp_path: Path, spool: Spool, disk: Slow) -> None:
    disk.gate.clear()
    first, _ = _append_in_threads(spool, [b"first"])
    wait_until(lambda: disk.appends == [1])
    rest, outcomes = _append_in_threads(spool, [bytes([65 + i]) for i in range(20)])
    wait_until(lambda: len(spool._next.payloads) == 20)

    disk.gate.set()
    _join(first + rest)

    assert disk.appends == [1, 20]
    assert set(outcomes.values()) == {"stored"}
    ((head, *tail),) = _stored(tmp_path)
    assert (head, sorted(tail)) == (b"first", sorted(outcomes))


FAILURES = [OSError(errno.EIO, "input/output error"), OSError("short write"), MemoryError("a fault that is no OSError")]


@pytest.mark.parametrize("error", FAILURES, ids=["write_error", "short_write", "any_other"])
def test_failed_write_fails_all_who_wait_for_it(tmp_path: Path, spool: Spool, disk: Slow, error: Exception) -> None:
    spool.append([b"before"])
    disk.gate.clear()
    first, before = _append_in_threads(spool, [b"leader"])
    wait_until(lambda: disk.appends == [1, 1])
    rest, outcomes = _append_in_threads(spool, [bytes([65 + i]) for i in range(9)])
    wait_until(lambda: len(spool._next.payloads) == 9)

    disk.error = error
    disk.gate.set()
    _join(first + rest)

    assert "stored" not in {*before.values(), *outcomes.values()}
    assert [*outcomes.values()].count("SpoolBroken") >= 8
    assert [payloads for payloads in _stored(tmp_path) if payloads] == [[b"before"]]


def test_segment_of_a_failed_write_is_never_appended_to_again(tmp_path: Path, spool: Spool, disk: Slow) -> None:
    spool.append([b"a"])
    (broken,) = (tmp_path / "spool").glob("*.seg")
    disk.error = OSError(errno.EIO, "input/output error")
    with pytest.raises(SpoolBroken):
        spool.append([b"lost"])
    size = broken.stat().st_size

    disk.error = None
    spool.append([b"b"])

    assert closed_segments(tmp_path / "spool") == [broken]
    assert broken.stat().st_size == size
    assert sorted(_stored(tmp_path)) == [[b"a"], [b"b"]]


def test_short_write_is_an_error(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    try:
        with pytest.raises(OSError, match="short write"):
            Disk().append(write_end, b"x" * (1 << 20))
    finally:
        os.close(read_end)
        os.close(write_end)


def test_full_disk_stores_nothing_and_recovers(tmp_path: Path, spool: Spool, disk: Slow) -> None:
    disk.free = 999
    with pytest.raises(SpoolFull):
        spool.append([b"a"])
    with pytest.raises(SpoolFull):
        spool.check()

    disk.free = 1000
    spool.append([b"b"])
    spool.check()

    assert _stored(tmp_path) == [[b"b"]]


@pytest.mark.parametrize("payload", [b"", b"x" * (MAX_PAYLOAD_BYTES + 1)], ids=["empty", "over_the_limit"])
def test_record_that_no_reader_takes_is_refused_before_it_harms_others(
    tmp_path: Path, spool: Spool, payload: bytes
) -> None:
    with pytest.raises(ValueError, match="record"):
        spool.append([b"a", payload])

    spool.append([b"b"])

    assert _stored(tmp_path) == [[b"b"]]


def test_open_segment_is_not_closed_for_others(tmp_path: Path, spool: Spool) -> None:
    spool.append([b"a"])
    assert closed_segments(tmp_path / "spool") == []

    spool.close()

    assert [decode(path.read_bytes()).payloads for path in closed_segments(tmp_path / "spool")] == [[b"a"]]


def test_segment_is_sealed_at_its_age_without_traffic(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", Limits(0.05))
    spool.append([b"a"])

    wait_until(lambda: len(closed_segments(tmp_path / "spool")) == 1, timeout_s=60)

    spool.append([b"b"])
    spool.close()
    assert sorted(_stored(tmp_path)) == [[b"a"], [b"b"]]


def test_segment_is_sealed_at_its_size(tmp_path: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest_api.spool.MAX_SEGMENT_BYTES", 100)
    for _ in range(3):
        spool.append([b"x" * 60])

    assert sorted(map(len, _stored(tmp_path))) == [1, 2]


def test_segment_of_a_killed_process_is_closed(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal\n"
        "from ingest_api.spool import Limits, Spool\n"
        f"Spool(pathlib.Path({str(tmp_path / 'spool')!r}), Limits(60)).append([b'a'])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    subprocess.run([sys.executable, "-c", program], check=False, timeout=60)

    assert [decode(path.read_bytes()).payloads for path in closed_segments(tmp_path / "spool")] == [[b"a"]]


def test_child_process_does_not_keep_a_segment_open(tmp_path: Path, spool: Spool) -> None:
    spool.append([b"a"])
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
    try:
        spool.close()

        wait_until(lambda: len(closed_segments(tmp_path / "spool")) == 1)  # a fork holds it until its exec
    finally:
        child.communicate(b"\n", timeout=60)


def test_files_are_private(tmp_path: Path, spool: Spool) -> None:
    spool.append([b"a"])

    (segment,) = (tmp_path / "spool").iterdir()
    assert (segment.stat().st_mode & 0o777, segment.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_segment_without_its_name_is_abandoned_once_it_is_old(tmp_path: Path) -> None:
    leftover = tmp_path / ".x.open"
    leftover.touch()

    assert abandoned(tmp_path, older_than_s=60) == []
    os.utime(leftover, (0, 0))
    assert abandoned(tmp_path, older_than_s=60) == [leftover]
    assert closed_segments(tmp_path) == []


def test_many_threads_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", Limits(0.01))
    payloads = [f"{i}".encode() for i in range(400)]
    groups = [payloads[i::16] for i in range(16)]
    threads = [threading.Thread(target=lambda g=group: [spool.append([p]) for p in g]) for group in groups]
    for thread in threads:
        thread.start()
    _join(threads)
    spool.close()

    assert sorted(p for segment in _stored(tmp_path) for p in segment) == sorted(payloads)


class Flaky(Disk):
    """A disk that fails now and then, after the bytes were written."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = itertools.count(1)

    def append(self, fd: int, data: bytes) -> None:
        super().append(fd, data)
        if next(self.calls) % 7 == 0:
            raise OSError(errno.EIO, "input/output error")


def test_many_threads_on_a_failing_disk_are_never_told_wrong(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", Limits(0.01), disk=Flaky())
    outcomes: list[dict[bytes, str]] = []
    for start in range(0, 480, 24):
        threads, told = _append_in_threads(spool, [f"{start + i}".encode() for i in range(24)])
        _join(threads)
        outcomes.append(told)
    spool.close()

    told = {payload: outcome for group in outcomes for payload, outcome in group.items()}
    stored = Counter(payload for segment in _stored(tmp_path) for payload in segment)
    assert len(told) == 480
    assert set(told.values()) == {"stored", "SpoolBroken"}
    assert {payload for payload, outcome in told.items() if outcome == "stored"} <= stored.keys()
    assert set(stored.values()) == {1}
