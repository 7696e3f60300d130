"""A publisher that stops between any two of its steps gives, after a restart, the files of the uncrashed run."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ingest_api.disk import locked
from ingest_api.landing import Landing
from ingest_api.publisher import PLAN_NAME, Publisher, PublisherStopped, run
from tests.crash.records import event, two_segments, write_segment
from tests.support import part_bytes

STEPS = [
    "plan",
    *["write events", "link events"] * 2,
    *["write rejected", "link rejected"] * 2,
    "check sums",
    *["unlink segment"] * 2,
    *["sync spool", "unlink plan"],
]


class Stopped(Exception):
    """The process ended here."""


def _publish(root: Path, *, stop_before: int = -1) -> tuple[int, list[str]]:
    """Run a publisher from its start; it stops before the given step. Returns its rows and its steps."""
    steps: list[str] = []

    def step(name: str) -> None:
        if len(steps) == stop_before:
            raise Stopped
        steps.append(name)

    publisher = Publisher(root / "spool", Landing(root), step=step)
    publisher.prepare()
    return publisher.publish_once(), steps


def _leftovers(root: Path) -> list[str]:
    """What lies in the spool and in the staging folders, empty folders aside."""
    folders = [root / "spool", *root.glob("*/.staging")]
    return [path.name for folder in folders for path in folder.iterdir() if path.is_file() and path.suffix != ".lock"]


@pytest.fixture
def uncrashed(tmp_path: Path) -> dict[str, bytes]:
    records = two_segments(tmp_path / "uncrashed" / "spool")

    assert _publish(tmp_path / "uncrashed") == (records, STEPS)

    assert _leftovers(tmp_path / "uncrashed") == []
    parts = part_bytes(tmp_path / "uncrashed")
    assert [(Path(path).parent.as_posix(), int(path.split("-")[-1].split(".")[0])) for path in parts] == [
        ("events/date=2026-11-25/hour=10", 3),
        ("events/date=2026-11-25/hour=11", 1),
        ("rejected/date=2026-11-25/hour=10", 2),
        ("rejected/date=2026-11-25/hour=11", 1),
    ]
    return parts


@pytest.mark.parametrize("stop_before", range(len(STEPS)))
def test_stop_before_any_step_then_restart_gives_the_same_files(
    tmp_path: Path, uncrashed: dict[str, bytes], stop_before: int
) -> None:
    two_segments(tmp_path / "spool")
    with pytest.raises(Stopped):
        _publish(tmp_path, stop_before=stop_before)

    while _publish(tmp_path)[0]:
        pass

    assert part_bytes(tmp_path) == uncrashed
    assert _leftovers(tmp_path) == []


def test_stop_before_every_step_in_turn_gives_the_same_files(tmp_path: Path, uncrashed: dict[str, bytes]) -> None:
    two_segments(tmp_path / "spool")
    for stop_before in (0, 1, 1, 2, 3, 4, 4, 3, 2, 1, 0):
        with pytest.raises(Stopped):
            _publish(tmp_path, stop_before=stop_before)
    while _publish(tmp_path)[0]:
        pass

    assert part_bytes(tmp_path) == uncrashed
    assert _leftovers(tmp_path) == []


@pytest.mark.parametrize(
    "stop_before",
    [n if n in (0, 2, 6, 10) else pytest.param(n, marks=pytest.mark.slow) for n in range(len(STEPS))],
)
def test_kill_9_before_any_step_then_restart_gives_the_same_files(
    tmp_path: Path, uncrashed: dict[str, bytes], stop_before: int
) -> None:
    two_segments(tmp_path / "spool")
    command = [sys.executable, "-m", "tests.crash.publisher_driver", tmp_path / "spool", tmp_path, str(stop_before)]
    root = Path(__file__).parents[2]

    died = subprocess.run(command, cwd=root, check=False, timeout=60)
    while _publish(tmp_path)[0]:
        pass

    assert died.returncode == -signal.SIGKILL
    assert part_bytes(tmp_path) == uncrashed
    assert _leftovers(tmp_path) == []


def test_segments_that_close_meanwhile_wait_for_the_next_plan(tmp_path: Path, uncrashed: dict[str, bytes]) -> None:
    two_segments(tmp_path / "spool")
    with pytest.raises(Stopped):
        _publish(tmp_path, stop_before=3)
    write_segment(tmp_path / "spool", "0" * 32, [event(9)])

    rows = [_publish(tmp_path)[0] for _ in range(3)]

    parts = part_bytes(tmp_path)
    assert rows == [7, 1, 0]
    assert {path: data for path, data in parts.items() if path in uncrashed} == uncrashed
    assert len(parts) == len(uncrashed) + 1


def _stop_at(root: Path, stop_before: int) -> None:
    two_segments(root / "spool")
    with pytest.raises(Stopped):
        _publish(root, stop_before=stop_before)


def _state(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


AFTER_ONE_PART = 3


def test_part_and_segment_both_missing_stops(tmp_path: Path) -> None:
    _stop_at(tmp_path, AFTER_ONE_PART)
    (tmp_path / "spool" / ("b" * 32 + ".seg")).unlink()
    before = _state(tmp_path)

    with pytest.raises(PublisherStopped, match=r"events/.*hour=11.*bbbb.*both missing"):
        _publish(tmp_path)

    assert _state(tmp_path) == before


def test_segment_that_changed_under_its_plan_stops(tmp_path: Path) -> None:
    _stop_at(tmp_path, AFTER_ONE_PART)
    segment = tmp_path / "spool" / ("a" * 32 + ".seg")
    segment.write_bytes(segment.read_bytes()[:-1])
    before = _state(tmp_path)

    with pytest.raises(PublisherStopped, match="not what they were"):
        _publish(tmp_path)

    assert _state(tmp_path) == before


def test_bytes_behind_the_planned_length_change_nothing(tmp_path: Path, uncrashed: dict[str, bytes]) -> None:
    _stop_at(tmp_path, AFTER_ONE_PART)
    segment = tmp_path / "spool" / ("a" * 32 + ".seg")
    segment.write_bytes(segment.read_bytes() + b"\0" * 100)

    _publish(tmp_path)

    assert part_bytes(tmp_path) == uncrashed


def test_truncated_part_stops_before_anything_is_deleted(tmp_path: Path) -> None:
    _stop_at(tmp_path, AFTER_ONE_PART)
    (part,) = (tmp_path / "events").glob("date=*/hour=*/*")
    part.write_bytes(part.read_bytes()[:-10])

    with pytest.raises(PublisherStopped, match="not readable"):
        _publish(tmp_path)

    assert len(list((tmp_path / "spool").glob("*.seg"))) == 2


def test_part_with_other_counts_stops_before_anything_is_deleted(tmp_path: Path) -> None:
    _stop_at(tmp_path, AFTER_ONE_PART)
    (part,) = (tmp_path / "events").glob("date=*/hour=*/*")
    table = pq.ParquetFile(part).read()
    pq.write_table(table.slice(0, 2).replace_schema_metadata({b"tracking.received": b"2"}), part)

    with pytest.raises(PublisherStopped, match=r"hold 6 rows, its segments 7"):
        _publish(tmp_path)

    assert len(list((tmp_path / "spool").glob("*.seg"))) == 2


def test_damaged_plan_stops(tmp_path: Path) -> None:
    two_segments(tmp_path / "spool")
    (tmp_path / "spool" / PLAN_NAME).write_bytes(b"{")

    with pytest.raises(PublisherStopped, match="damaged"):
        _publish(tmp_path)


def test_missing_segments_are_fine_once_every_part_is_there(tmp_path: Path, uncrashed: dict[str, bytes]) -> None:
    _stop_at(tmp_path, STEPS.index("sync spool"))

    assert _publish(tmp_path)[0] == 7

    assert part_bytes(tmp_path) == uncrashed
    assert _leftovers(tmp_path) == []


def test_segment_restored_after_its_publication_is_not_published_twice(
    tmp_path: Path, uncrashed: dict[str, bytes]
) -> None:
    root = tmp_path / "uncrashed"
    two_segments(root / "spool")

    _publish(root)

    assert part_bytes(root) == uncrashed


def test_second_publisher_on_one_spool_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    lock = tmp_path / "spool" / "publisher.lock"

    with locked(lock) as mine, pytest.raises(PublisherStopped, match="another publisher"):
        run(tmp_path / "spool", Landing(tmp_path), lock)

    assert mine


def test_run_publishes_until_it_is_stopped(tmp_path: Path, uncrashed: dict[str, bytes]) -> None:
    two_segments(tmp_path / "spool")
    turns = iter([False, False, True])

    run(tmp_path / "spool", Landing(tmp_path), tmp_path / "spool" / "publisher.lock", stop=lambda: next(turns))

    assert part_bytes(tmp_path) == uncrashed
    shutil.rmtree(tmp_path / "uncrashed")
