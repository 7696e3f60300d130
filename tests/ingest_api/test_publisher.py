"""What becomes of segments, sound ones and damaged ones: every record is counted and rests in one part file."""

import errno
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest_api import frames
from ingest_api.arrow import EVENTS, REJECTED
from ingest_api.disk import Disk
from ingest_api.landing import Landing
from ingest_api.partitions import HOUR_US
from ingest_api.plan import choose
from ingest_api.publisher import Publisher, PublisherStopped, received_in
from ingest_api.schema import Event, Rejected
from tests.crash.records import NOW, encode, event, rejected, write_segment
from tests.support import part_bytes, stored_rows


def _publish(root: Path, disk: Disk | None = None) -> int:
    publisher = Publisher(root / "spool", Landing(root, disk), disk=disk)
    publisher.prepare()
    rows = 0
    while more := publisher.publish_once():
        rows += more
    return rows


def _ids(root: Path, kind: str = "events") -> list[Any]:
    return [row["message_id"] for row in stored_rows(root, kind)]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_parts_lie_under_kind_and_hour_of_receipt_with_their_rows_in_the_name(tmp_path: Path) -> None:
    write_segment(tmp_path / "spool", "a", [event(1), event(0), rejected(2), event(3, NOW + HOUR_US)])

    assert _publish(tmp_path) == 4

    digests = {path.rpartition("/")[2].split("-")[2] for path in part_bytes(tmp_path)}
    (digest,) = digests
    assert sorted(part_bytes(tmp_path)) == [
        f"events/date=2026-11-25/hour=10/part-1795600800000-{digest}-2.parquet",
        f"events/date=2026-11-25/hour=11/part-1795604400000-{digest}-1.parquet",
        f"rejected/date=2026-11-25/hour=10/part-1795600800000-{digest}-1.parquet",
    ]
    assert _ids(tmp_path) == ["0", "1", "3"]
    assert _names(tmp_path / "spool") == ["bad"]


def test_footers_carry_schema_counts_and_plan(tmp_path: Path) -> None:
    write_segment(tmp_path / "spool", "a", [event(1), event(0), rejected(2)])

    _publish(tmp_path)

    for kind, schema, received in (("events", EVENTS, 2), ("rejected", REJECTED, 1)):
        (path,) = tmp_path.glob(f"{kind}/date=*/hour=*/*.parquet")
        footer = pq.ParquetFile(path).metadata
        said = {key: value for key, value in footer.metadata.items() if key.startswith(b"tracking.")}
        assert said == {
            b"tracking.kind": kind.encode(),
            b"tracking.received": str(received).encode(),
            b"tracking.schema_version": b"1",
            b"tracking.plan": path.name.split("-")[2].encode(),
        }
        assert received_in(path) == received
        assert footer.row_group(0).column(0).compression == "ZSTD"
        assert pq.read_schema(path).names == schema.names


def test_rows_are_sorted_by_receipt_then_as_spooled(tmp_path: Path) -> None:
    same = [event(number, NOW - number) for number in (3, 1, 2)]
    write_segment(tmp_path / "spool", "a", [event(9), *same])

    _publish(tmp_path)

    assert _ids(tmp_path) == ["3", "1", "2", "9"]


def test_empty_segment_is_removed_and_makes_no_part(tmp_path: Path) -> None:
    write_segment(tmp_path / "spool", "a", [])

    assert _publish(tmp_path) == 0

    assert _names(tmp_path / "spool") == ["bad"]
    assert part_bytes(tmp_path) == {}


TAILS = {"torn": frames.encode(event(7), 1)[:-1], "zeros": b"\0" * 99, "garbage": b"garbage" * 9}


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS.keys())
def test_torn_tail_was_never_acknowledged(tmp_path: Path, tail: bytes) -> None:
    write_segment(tmp_path / "spool", "a", [event(1)], tail=tail)
    write_segment(tmp_path / "spool", "b", [], tail=tail)

    assert _publish(tmp_path) == 1

    assert _ids(tmp_path) == ["1"]
    assert _names(tmp_path / "spool") == ["bad"]
    assert _names(tmp_path / "spool" / "bad") == []


def test_damage_before_sound_frames_is_kept_and_costs_no_neighbour(tmp_path: Path) -> None:
    segment = write_segment(tmp_path / "spool", "a", [event(1), event(2), event(3)])
    data = bytearray(segment.read_bytes())
    second = len(frames.encode(event(1), 0))
    length = len(frames.encode(event(2), 1))
    data[second + 40] ^= 1
    segment.write_bytes(data)

    assert _publish(tmp_path) == 2

    assert _ids(tmp_path) == ["1", "3"]
    (kept,) = (tmp_path / "spool" / "bad").iterdir()
    assert kept.name == f"a-{second}-{length}.bin"
    assert kept.read_bytes() == bytes(data[second : second + length])


class Unreadable(Disk):
    """A disk with a bad sector under one file."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def read(self, path: Path) -> bytes:
        if path.name == self.name:
            raise OSError(errno.EIO, "input/output error", str(path))
        return super().read(path)


def test_segment_that_cannot_be_read_stays_and_the_others_go_on(tmp_path: Path) -> None:
    write_segment(tmp_path / "spool", "a", [event(1)])
    write_segment(tmp_path / "spool", "b", [event(2)])

    assert _publish(tmp_path, Unreadable("a.seg")) == 1
    assert (_ids(tmp_path), _names(tmp_path / "spool")) == (["2"], ["a.seg", "bad"])

    assert _publish(tmp_path) == 1
    assert sorted(_ids(tmp_path)) == ["1", "2"]


BAD_RECORDS = {
    "no_message_pack": (b"\xc1", NOW + 5_000_000, "unknown", None),
    "no_map": (encode([1]), NOW + 5_000_000, "unknown", None),
    "no_such_kind": (encode({"kind": "x", "source": "s", "received_at": NOW}), NOW, "s", None),
    "field_of_a_wrong_kind": (
        encode({"kind": "rejected", "reason": 7, "source": "s", "received_at": NOW + 1}),
        *(NOW + 1, "s", None),
    ),
    "id_of_15_bytes": (event(8, event_id=b"x" * 15), NOW + 8, "s", "8"),
    "time_beyond_arrow": (event(8, occurred_at=1 << 63), NOW + 8, "s", "8"),
    "received_in_2200": (event(8, 1 << 53), NOW + 5_000_000, "s", "8"),
    "received_before_1970": (event(8, -99), NOW + 5_000_000, "s", "8"),
}


@pytest.mark.parametrize(
    ("record", "received_at", "source", "message_id"), BAD_RECORDS.values(), ids=BAD_RECORDS.keys()
)
def test_record_that_cannot_become_a_row_is_a_rejected_one(
    tmp_path: Path, record: bytes, received_at: int, source: str, message_id: str | None
) -> None:
    write_segment(tmp_path / "spool", "a", [event(1), record, event(2)], mtime_s=NOW // 1_000_000 + 5)

    assert _publish(tmp_path) == 3

    assert _ids(tmp_path) == ["1", "2"]
    (row,) = stored_rows(tmp_path, "rejected")
    assert (row["reason"], row["original_bytes"]) == ("unpublishable", len(record))
    assert (row["source"], row["message_id"]) == (source, message_id)
    (path,) = (path for path in part_bytes(tmp_path) if path.startswith("rejected"))
    assert path.startswith(f"rejected/date=2026-11-25/hour=10/part-{received_at // 1000}-")


def test_backlog_is_taken_in_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segments = [write_segment(tmp_path / "spool", name, [event(1)] * 3) for name in "abc"]
    monkeypatch.setattr("ingest_api.plan.MAX_PLAN_BYTES", segments[0].stat().st_size * 2)

    assert choose(segments) == segments[:2]
    assert choose(segments[2:]) == segments[2:]
    assert _publish(tmp_path) == 9
    assert len(part_bytes(tmp_path)) == 2


def test_leftovers_of_an_earlier_life_are_cleared(tmp_path: Path) -> None:
    Landing(tmp_path).make()
    (tmp_path / "events" / ".staging" / "part-half.parquet").write_bytes(b"PAR1")

    _publish(tmp_path)

    assert _names(tmp_path / "events" / ".staging") == []


def test_part_without_our_footer_is_named(tmp_path: Path) -> None:
    stranger = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": [1]}), stranger)

    with pytest.raises(PublisherStopped, match=r"x\.parquet is not readable"):
        received_in(stranger)


def test_record_names_equal_the_schemas_columns() -> None:
    assert set(Event.__struct_fields__) == set(EVENTS.names)
    assert set(Rejected.__struct_fields__) == set(REJECTED.names)
