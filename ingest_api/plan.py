"""The publisher's plan: which segments become which part files, written down before anything is made.

The same segments always give the same plan, and the same plan the same parts under the same names, so a
publisher that was killed at any step carries on from the plan it finds.
"""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

import msgspec
import pyarrow as pa

from ingest_api import frames, records
from ingest_api.arrow import to_table, with_plan
from ingest_api.disk import Disk
from ingest_api.jsontext import UNREADABLE
from ingest_api.pace import Pace
from ingest_api.partitions import Hour, Kind, hour_of, part_name
from ingest_api.schema import Event, Rejected, RejectReason

log = logging.getLogger(__name__)

MAX_PLAN_BYTES = 24 << 20  # some 80,000 events of full batches
MAX_RECEIVED_US = 1 << 52  # in the year 2112: later is a clock that nobody has
MAX_ORIGINAL_BYTES = 8 * 1024

Row = Event | Rejected
Groups = dict[tuple[Kind, Hour], list[Row]]
Tables = dict[tuple[Kind, Hour], pa.Table]
_encode = msgspec.msgpack.Encoder().encode


class SegmentPlan(msgspec.Struct, frozen=True):
    """A closed segment: name, sound bytes, rows of the records in them, last change (µs since 1970)."""

    name: str
    valid_bytes: int
    records: int
    modified_at: int


class PartPlan(msgspec.Struct, frozen=True):
    """A part file to come: path in the landing zone, kind, rows."""

    path: str
    kind: Kind
    rows: int


class Plan(msgspec.Struct, frozen=True):
    """One publication. ``digest`` names it; records of all segments equal rows of all parts."""

    digest: str
    segments: list[SegmentPlan]
    parts: list[PartPlan]

    @property
    def records(self) -> int:
        """Records in all of its segments."""
        return sum(segment.records for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment that was read: its line of the plan, its rows, its damaged ranges with their bytes."""

    plan: SegmentPlan
    rows: list[Row]
    damaged: list[tuple[int, bytes]]


def choose(segments: Iterable[Path]) -> list[Path]:
    """Take as many segments as fit in memory at once, at least one."""
    chosen: list[Path] = []
    size = 0
    for path in segments:
        size += path.stat().st_size
        if chosen and size > MAX_PLAN_BYTES:
            break
        chosen.append(path)
    return chosen


def read_segment(disk: Disk, path: Path, planned: SegmentPlan | None = None, *, pace: Pace | None = None) -> Segment:
    """Read a segment; if it is planned already, up to the planned length and with the planned time."""
    pace = pace or Pace()
    modified_at = planned.modified_at if planned else path.stat().st_mtime_ns // 1000
    data = disk.read(path)[: planned.valid_bytes if planned else None]
    contents = frames.decode(data)
    rows: list[Row] = []
    for payload in contents.payloads:
        found = _rows(payload, modified_at)
        rows += found
        pace.worked(len(found))
    line = SegmentPlan(path.name, contents.valid_bytes, len(rows), modified_at)
    return Segment(line, rows, [(start, data[start:end]) for start, end in contents.damaged])


def convert(segments: Iterable[Segment], *, pace: Pace | None = None) -> Tables:
    """Sort rows into tables, one a kind and hour of receipt; rows by time of receipt, then as spooled."""
    groups: Groups = {}
    for segment in segments:
        for row in segment.rows:
            _add(groups, row)
    try:
        return _build(groups, pace)
    except (pa.ArrowException, ValueError, OverflowError):
        return _build(_sifted(groups))


def make(segments: Sequence[Segment], tables: Tables) -> Plan:
    """Build the plan of these segments."""
    lines = [segment.plan for segment in segments]
    identity = "\n".join(f"{line.name} {line.valid_bytes} {line.records}" for line in lines)
    digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
    return Plan(digest, lines, [_part(*key, table, digest) for key, table in tables.items()])


def named(plan: Plan, tables: Tables) -> dict[str, pa.Table]:
    """Return the finished tables by the plan's paths."""
    finished = (with_plan(table, plan.digest) for table in tables.values())
    return {part.path: table for part, table in zip(plan.parts, finished, strict=True)}


def _part(kind: Kind, hour: Hour, table: pa.Table, digest: str) -> PartPlan:
    first_received_at: int = table["received_at"][0].value
    name = part_name(first_received_at, digest, table.num_rows)
    return PartPlan(f"{kind}/{hour.folder}/{name}", kind, table.num_rows)


def _add(groups: Groups, row: Row) -> None:
    kind: Kind = "events" if isinstance(row, Event) else "rejected"
    groups.setdefault((kind, hour_of(row.received_at)), []).append(row)


def _build(groups: Groups, pace: Pace | None = None) -> Tables:
    """Build the tables in the order of kind and hour, which is the plan's."""
    tables: Tables = {}
    for key, rows in sorted(groups.items(), key=lambda item: item[0]):
        rows.sort(key=lambda row: row.received_at)
        tables[key] = to_table(key[0], rows, received=len(rows), plan="", pace=pace)
    return tables


def _sifted(groups: Groups) -> Groups:
    """Try each row alone and turn those that do not fit the schema into rejected ones."""
    sifted: Groups = {}
    for (kind, _), rows in groups.items():
        for row in rows:
            try:
                to_table(kind, [row], received=1, plan="")
            except (pa.ArrowException, ValueError, OverflowError) as error:
                log.error("row does not fit the schema kind=%s error=%s", kind, type(error).__name__)
                _add(sifted, _unpublishable(_encode(row), str(error), row.received_at))
            else:
                _add(sifted, row)
    return sifted


def _rows(payload: bytes, modified_at: int) -> list[Row]:
    """Return a record's rows. What cannot become a row becomes a rejected one, so everything is counted."""
    try:
        rows = records.decode(payload)
    except UNREADABLE as error:
        log.error("record cannot become a row bytes=%s", len(payload))
        return [_unpublishable(payload, str(error), modified_at)]
    return [row if _is_time(row.received_at) else _timeless(row, modified_at) for row in rows]


def _timeless(row: Row, modified_at: int) -> Rejected:
    """Refuse a row whose time of receipt cannot be read; the segment's last change stands for it."""
    record = _encode(row)
    log.error("record cannot become a row bytes=%s", len(record))
    return _unpublishable(record, "received_at is out of range", modified_at)


def _unpublishable(payload: bytes, detail: str, otherwise_at: int) -> Rejected:
    try:
        fields = msgspec.msgpack.decode(payload)
    except UNREADABLE:
        fields = None
    fields = fields if isinstance(fields, dict) else {}
    received_at, source, message_id = (fields.get(name) for name in ("received_at", "source", "message_id"))
    return Rejected(
        reason=RejectReason.UNPUBLISHABLE,
        detail=detail[:500],
        message_id=message_id if isinstance(message_id, str) else None,
        source=source if isinstance(source, str) else "unknown",
        received_at=received_at if _is_time(received_at) else otherwise_at,
        original=payload[:MAX_ORIGINAL_BYTES].decode("utf-8", "backslashreplace"),
        original_bytes=len(payload),
    )


def _is_time(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and 0 <= value < MAX_RECEIVED_US
