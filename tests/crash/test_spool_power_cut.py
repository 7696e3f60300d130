"""Kill the process and cut the power at any operation: what was acknowledged is in the landing zone, once."""

import contextlib
import itertools
import random
import uuid
from pathlib import Path

import msgspec
import pytest

from ingest_api.landing import Landing
from ingest_api.partitions import HOUR_US
from ingest_api.publisher import Publisher, Step
from ingest_api.room import Limits
from ingest_api.schema import Event, Rejected, make_event_id
from ingest_api.spool import Spool, SpoolBroken
from tests.crash.forgetful import ForgetfulDisk, Killed
from tests.support import stored_rows

# What spool and publisher do with a disk while nothing fails: write, seal, plan, rename, publish, delete.
EVERY_OPERATION = {"make_dir", "create", "append", "sync", "sync_dir", "rename", "write_aside", "link", "unlink"}
NOW = 1_795_600_800_000_000
_encode = msgspec.msgpack.Encoder().encode


def record(number: int) -> bytes:
    """Make a record: mostly events, of two hours, some rejected ones."""
    received_at = NOW + number + (HOUR_US if number % 5 == 0 else 0)
    if number % 4 == 3:
        return _encode(Rejected(reason="invalid_json", source="s", received_at=received_at, message_id=str(number)))
    return _encode(
        Event(
            event_id=make_event_id("s", str(number), 0),
            message_id=str(number),
            source="s",
            type="page",
            received_at=received_at,
            occurred_at=received_at,
            occurred_from="received",
        )
    )


class Machine:
    """A collector and a publisher on one forgetful disk."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self.disk = ForgetfulDisk(root)
        self.landing = Landing(root, self.disk)
        self.acknowledged: set[str] = set()
        self.sent = 0
        self._start()

    def _start(self) -> None:
        self.disk.restart()
        self.spool = Spool(self.disk.root / "spool", Limits(60), disk=self.disk)
        self.publisher = Publisher(self.disk.root / "spool", self.landing, disk=self.disk)

    def collect(self, requests: int) -> None:
        """Take requests of one or two events; those that were answered are acknowledged."""
        for _ in range(requests):
            numbers = [self.sent + i for i in range(1 + self.sent % 2)]
            self.sent += len(numbers)
            with contextlib.suppress(SpoolBroken):
                self.spool.append([record(number) for number in numbers])
                self.acknowledged |= {str(number) for number in numbers}
        self.spool.close()

    def publish(self) -> None:
        """Publish all that is closed; what the disk refused is tried again, as the publisher's own loop does."""
        self.publisher.prepare()
        spool = self.disk.root / "spool"
        for _ in range(100):
            with contextlib.suppress(OSError):
                if not self.publisher.publish_once() and not any(spool.glob("*.seg")):
                    return
        raise AssertionError("a segment is never published")

    def live(self, requests: int, operations: int) -> None:
        """Live for so many operations of the disk, then die (kill -9: the kernel frees the lock)."""
        self.disk.operations_left = operations
        with contextlib.suppress(Killed):
            self.collect(requests)
            self.publish()
        self.spool._drop_segment()
        self._start()

    def cut(self, dice: random.Random | None = None) -> None:
        """Cut the power and start again."""
        self.spool.close()
        self.disk.cut(dice)
        self._start()

    def published(self) -> list[str]:
        """Message ids in the landing zone, sorted, doubles included."""
        rows = stored_rows(self.disk.root) + stored_rows(self.disk.root, "rejected")
        return sorted(str(row["message_id"]) for row in rows)

    def check(self) -> None:
        """All that was acknowledged is there, nothing twice, nothing that was never sent, nothing left over."""
        self.publish()
        published = self.published()
        assert self.acknowledged <= set(published)
        assert len(published) == len(set(published))
        assert set(published) <= {str(number) for number in range(self.sent)}
        assert [path.name for path in (self.disk.root / "spool").glob("*.seg")] == []


def _operations_of_a_whole_life(tmp_path: Path) -> int:
    machine = Machine(tmp_path / "whole")
    machine.collect(5)
    machine.publish()
    assert machine.disk.kinds_done == EVERY_OPERATION
    return machine.disk.operations_done


def test_power_cut_after_each_operation_loses_nothing(tmp_path: Path) -> None:
    operations = _operations_of_a_whole_life(tmp_path)
    assert operations > 40
    for count in range(operations + 1):
        machine = Machine(tmp_path / f"cut-{count}")
        machine.live(5, count)

        machine.cut()

        machine.check()


def test_kill_then_power_cut_loses_nothing(tmp_path: Path) -> None:
    """What a killed publisher did not sync, its successor must not take for durable."""
    operations = _operations_of_a_whole_life(tmp_path)
    for count in range(1, operations, 3):
        machine = Machine(tmp_path / f"kill-{count}")
        machine.live(5, count)
        machine.publish()

        machine.cut()

        machine.check()


@pytest.mark.parametrize("seed", range(16))
def test_plan_whose_name_was_not_synced_is_durable_before_it_is_carried_out(tmp_path: Path, seed: int) -> None:
    """Else the cut may take the plan and one of its segments, and the other one is published twice."""
    machine = Machine(tmp_path / "machine")
    spool = machine.disk.root / "spool"
    machine.collect(2)
    machine.collect(2)
    machine.publisher.prepare()
    machine.publisher = Publisher(spool, machine.landing, disk=machine.disk, step=_kill_in_rename(machine.disk, spool))
    with pytest.raises(Killed):
        machine.publish()
    machine.publisher = Publisher(spool, machine.landing, disk=machine.disk, step=_raise_at("sync spool"))
    machine.disk.restart()
    with pytest.raises(Killed):
        machine.publish()

    machine.cut(random.Random(seed))

    machine.check()


def _kill_in_rename(disk: ForgetfulDisk, spool: Path) -> Step:
    """Die when the plan has its name, before that name is synced."""

    def step(name: str) -> None:
        if name == "plan":
            disk.die_at = ("sync_dir", spool)

    return step


def _raise_at(wanted: str) -> Step:
    def step(name: str) -> None:
        if name == wanted:
            raise Killed

    return step


def test_each_failed_fsync_then_power_cut_loses_nothing(tmp_path: Path) -> None:
    """Of collector and publisher alike: what a sync refused is never taken for durable by a later one."""
    failing = itertools.count(1)
    for number in failing:
        machine = Machine(tmp_path / f"fsync-{number}")
        machine.disk.fail_sync_in = number
        machine.live(5, 1000)
        if machine.disk.fail_sync_in > 0:
            break  # there are no more than that
        machine.cut()
        machine.check()
    assert next(failing) > 10


@pytest.mark.parametrize("seed", [*range(8), *(pytest.param(s, marks=pytest.mark.slow) for s in range(8, 60))])
def test_failed_fsync_in_random_lives_loses_nothing(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    machine = Machine(tmp_path / "machine")
    for _ in range(4):
        machine.disk.fail_sync_in = dice.randrange(1, 12)
        machine.live(dice.randrange(6), dice.randrange(90))
        if dice.random() < 0.6:
            machine.cut(dice if dice.random() < 0.8 else None)

    machine.disk.fail_sync_in = -1
    machine.check()


def test_what_a_failed_fsync_left_is_cut_off(tmp_path: Path) -> None:
    """The kernel still shows those bytes, and they are nobody's: their client was told to come back."""
    machine = Machine(tmp_path / "machine")
    machine.disk.fail_sync_in = 2
    machine.collect(2)

    machine.check()

    assert machine.published() == sorted(machine.acknowledged) == ["0"]


def test_a_segment_whose_sync_failed_is_written_anew_before_a_plan_names_it(tmp_path: Path) -> None:
    """Else the plan counts records that only the page cache holds, and after the cut nobody can carry it out."""
    machine = Machine(tmp_path / "machine")
    machine.disk.die_at = ("sync", None)
    with pytest.raises(Killed):
        machine.collect(1)  # its bytes are written, and synced by nobody
    machine.spool._drop_segment()
    machine._start()
    machine.disk.fail_sync_in = 1
    machine.publisher.prepare()
    assert machine.publisher.publish_once() == 0  # the segment waits
    machine.publisher._step = _raise_at("write events")

    with pytest.raises(Killed):
        machine.publisher.publish_once()
    machine.cut()

    machine.check()


@pytest.mark.slow
@pytest.mark.parametrize("first", [pytest.param(n, marks=[pytest.mark.drill] * (n % 3 > 0)) for n in range(60)])
def test_two_kills_then_power_cut_lose_nothing(tmp_path: Path, first: int) -> None:
    """Two segments in one plan; the coins decide which unsynced names the second life leaves."""
    dice = random.Random(first)
    for second in range(first % 3, 40, 3):
        machine = Machine(tmp_path / f"kills-{second}")
        machine.collect(2)
        machine.live(2, first)
        machine.live(0, second)

        machine.cut(dice if dice.random() < 0.5 else None)

        machine.check()


@pytest.mark.parametrize("seed", [*range(40), *(pytest.param(s, marks=pytest.mark.slow) for s in range(40, 240))])
def test_random_lives_lose_nothing(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    machine = Machine(tmp_path / uuid.uuid4().hex)
    for _ in range(dice.randrange(1, 6)):
        machine.live(dice.randrange(6), dice.randrange(90))
        if dice.random() < 0.6:
            machine.cut(dice if dice.random() < 0.8 else None)

    machine.check()
