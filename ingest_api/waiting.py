"""What waits in the spool, for `tracking status` and `tracking trace`. Read only; never disturbs the writers."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ingest_api import frames, records
from ingest_api.schema import Event, Rejected
from ingest_api.segments import SUFFIX


@dataclass(frozen=True, slots=True)
class Spooled:
    """One row that waits, and its segment."""

    segment: str
    row: Event | Rejected


def spooled(folder: Path) -> Iterator[Spooled]:
    """Yield the rows of all segments, open ones included; what cannot be decoded is passed over."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        for payload in _payloads(path):
            with contextlib.suppress(msgspec.DecodeError, UnicodeError):
                yield from (Spooled(path.name, row) for row in records.decode(payload))


def _payloads(path: Path) -> list[bytes]:
    try:
        return frames.decode(path.read_bytes()).payloads
    except FileNotFoundError:  # published and removed meanwhile
        return []
