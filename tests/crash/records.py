"""Spool segments made by hand, so that two runs start from the very same bytes."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ingest_api import frames
from ingest_api.partitions import HOUR_US
from ingest_api.schema import Event, Rejected, make_event_id

NOW = 1_795_600_800_000_000  # 2026-11-25T10:00:00Z
encode = msgspec.msgpack.Encoder().encode


def event(number: int, received_at: int = NOW, **fields: object) -> bytes:
    """Make the spool record of an accepted event."""
    made = Event(
        event_id=make_event_id("s", str(number), 0),
        message_id=str(number),
        source="s",
        type="page",
        received_at=received_at + number,
        occurred_at=received_at,
        occurred_from="received",
        properties='{"n": 1}',
    )
    return encode(msgspec.structs.replace(made, **fields))


def rejected(number: int, received_at: int = NOW) -> bytes:
    """Make the spool record of a rejected one."""
    return encode(Rejected(reason="invalid_json", source="s", received_at=received_at + number, message_id=str(number)))


def write_segment(spool: Path, name: str, payloads: Sequence[bytes], *, tail: bytes = b"", mtime_s: int = 0) -> Path:
    """Write a closed segment."""
    spool.mkdir(parents=True, exist_ok=True)
    path = spool / f"{name}.seg"
    path.write_bytes(b"".join(frames.encode(payload, i) for i, payload in enumerate(payloads)) + tail)
    os.utime(path, (mtime_s, mtime_s))
    return path


def two_segments(spool: Path) -> int:
    """Write events of two hours and rejected ones into two segments; return how many records they hold."""
    write_segment(spool, "a" * 32, [event(1), rejected(2), event(3, NOW + HOUR_US)])
    write_segment(
        spool, "b" * 32, [event(0), event(4), b"no record", rejected(5, NOW + HOUR_US)], mtime_s=1_795_600_900
    )
    return 7
