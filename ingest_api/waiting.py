"""What waits in the spool, for `tracking status` and `tracking trace`. Read only; never disturbs the writers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ingest_api import frames
from ingest_api.schema import Event, Rejected
from ingest_api.segments import SUFFIX

_decoder = msgspec.msgpack.Decoder(Event | Rejected)


@dataclass(frozen=True, slots=True)
class Spooled:
    """One record that waits: its segment and its row."""

    segment: str
    row: Event | Rejected


def spooled(folder: Path) -> Iterator[Spooled]:
    """Yield the records of all segments, open ones included; what cannot be decoded is passed over."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        for payload in _payloads(path):
            try:
                yield Spooled(path.name, _decoder.decode(payload))
            except (msgspec.DecodeError, UnicodeError):
                continue


def _payloads(path: Path) -> list[bytes]:
    try:
        return frames.decode(path.read_bytes()).payloads
    except FileNotFoundError:  # published and removed meanwhile
        return []
