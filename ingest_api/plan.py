"""The publisher's plan: which segments become which part files, written down before anything is made.

The same segments always give the same plan, and the same plan the same parts under the same names, so a
publisher that was killed at any step carries on from the plan it finds.
"""

import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pyarrow as pa

from ingest_api import frames
from ingest_api.arrow import to_table
from ingest_api.partitions import Hour, Kind, hour_of, part_name
from ingest_api.schema import Event, Rejected, RejectReason

log = logging.getLogger(__name__)

MAX_PLAN_BYTES = 48 << 20
MAX_RECEIVED_US = 1 << 52  # in the year 2112: later is a clock that nobody has

Row = Event | Rejected
Groups = dict[tuple[Kind, Hour], list[Row]]
_encode = msgspec.msgpack.Encoder().encode
_record_decoder = msgspec.msgpack.Decoder(Event | Rejected)


class SegmentPlan(msgspec.Struct, frozen=True):
    """A closed segment: its name, the bytes that are sound, and the records in them."""

    name: str
    valid_bytes: int
    records: int


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


def read_segment(path: Path, valid_bytes: int | None = None) -> tuple[SegmentPlan, frames.Contents]:
    """Read a segment's frames, up to the planned length if one is given."""
    contents = frames.decode(path.read_bytes()[:valid_bytes])
    return SegmentPlan(path.name, contents.valid_bytes, len(contents.payloads)), contents


def convert(payloads: Iterable[bytes]) -> Groups:
    """Sort records into parts: kind and hour of receipt; rows by time of receipt, then as spooled.

    A record that cannot become a row becomes a rejected one (``unpublishable``), so every record is counted.
    """
    groups: Groups = {}
    for payload in payloads:
        _add(groups, _row(payload))
    for key, rows in list(groups.items()):
        if not _fits(key[0], rows):
            del groups[key]
            for row in rows:
                _add(
                    groups,
                    row if _fits(key[0], [row]) else _unpublishable(_encode(row), "does not fit the schema"),
                )
    for rows in groups.values():
        rows.sort(key=lambda row: row.received_at)
    return groups


def make(segments: list[SegmentPlan], groups: Groups) -> Plan:
    """Build the plan of these segments."""
    identity = "\n".join(f"{s.name} {s.valid_bytes} {s.records}" for s in segments)
    digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
    parts = [
        PartPlan(f"{kind}/{hour.folder}/{part_name(rows[0].received_at, digest, len(rows))}", kind, len(rows))
        for (kind, hour), rows in sorted(groups.items())
    ]
    return Plan(digest, segments, parts)


def tables(plan: Plan, groups: Groups) -> dict[str, pa.Table]:
    """Build each part's table, by path."""
    found = {}
    for part, (_, rows) in zip(plan.parts, sorted(groups.items()), strict=True):
        found[part.path] = to_table(part.kind, rows, received=part.rows, plan=plan.digest)
    return found


def _add(groups: Groups, row: Row) -> None:
    kind: Kind = "events" if isinstance(row, Event) else "rejected"
    groups.setdefault((kind, hour_of(row.received_at)), []).append(row)


def _fits(kind: Kind, rows: list[Row]) -> bool:
    try:
        to_table(kind, rows, received=len(rows), plan="")
    except (pa.ArrowException, ValueError, OverflowError):
        return False
    return True


def _row(payload: bytes) -> Row:
    try:
        row = _record_decoder.decode(payload)
        hour_of(row.received_at)
    except (msgspec.DecodeError, UnicodeError, OverflowError) as error:
        log.error("record cannot become a row error=%s bytes=%s", type(error).__name__, len(payload))
        return _unpublishable(payload, str(error))
    return row


def _unpublishable(payload: bytes, detail: str) -> Rejected:
    try:
        fields = msgspec.msgpack.decode(payload)
    except (msgspec.DecodeError, UnicodeError):
        fields = None
    fields = fields if isinstance(fields, dict) else {}
    received_at = fields.get("received_at")
    return Rejected(
        reason=RejectReason.UNPUBLISHABLE,
        detail=detail[:500],
        source=str(fields.get("source") or "unknown"),
        received_at=received_at if isinstance(received_at, int) and 0 <= received_at < MAX_RECEIVED_US else 0,
        original=payload[:8192].decode("utf-8", "backslashreplace"),
        original_bytes=len(payload),
    )
