"""The spool's frames: how one record lies in a segment, and how it is found again after damage.

Frame: magic (4 bytes), payload length > 0 (u32), sequence (u64), CRC32C of length, sequence and payload
(u32), payload. Little endian. The sequence counts a segment's records from 0.
"""

import struct
from dataclasses import dataclass, field

import google_crc32c

MAGIC = b"\xf5TRK"
_HEADER = struct.Struct("<4sIQI")
_COVERED = struct.Struct("<IQ")
HEADER_BYTES = _HEADER.size
MAX_PAYLOAD_BYTES = 1 << 20


@dataclass(slots=True)
class Contents:
    """What a segment's bytes hold: payloads in order, the length up to the last sound one, damaged ranges."""

    payloads: list[bytes] = field(default_factory=list)
    valid_bytes: int = 0
    damaged: list[tuple[int, int]] = field(default_factory=list)


def encode(payload: bytes, sequence: int) -> bytes:
    """Wrap one payload as a frame. It holds 1 to ``MAX_PAYLOAD_BYTES`` bytes: no reader takes another."""
    covered = _COVERED.pack(len(payload), sequence)
    crc = google_crc32c.value(covered + payload)
    return _HEADER.pack(MAGIC, len(payload), sequence, crc) + payload


def decode(data: bytes) -> Contents:
    """Read all sound frames; resume at the next one after damage.

    Damage with sound frames behind it is reported as a range; damage at the end is a torn tail, which was
    never acknowledged, and is no fault.
    """
    contents = Contents()
    at = 0
    while at < len(data):
        payload = _frame_at(data, at)
        if payload is None:
            found = _next_frame(data, at + 1)
            if found < 0:
                break
            contents.damaged.append((at, found))
            at = found
            continue
        contents.payloads.append(payload)
        at += HEADER_BYTES + len(payload)
        contents.valid_bytes = at
    return contents


def _frame_at(data: bytes, at: int) -> bytes | None:
    if len(data) - at < HEADER_BYTES:
        return None
    magic, length, sequence, crc = _HEADER.unpack_from(data, at)
    end = at + HEADER_BYTES + length
    if magic != MAGIC or not 0 < length <= MAX_PAYLOAD_BYTES or end > len(data):
        return None
    payload = data[at + HEADER_BYTES : end]
    sound: bool = google_crc32c.value(_COVERED.pack(length, sequence) + payload) == crc
    return payload if sound else None


def _next_frame(data: bytes, start: int) -> int:
    at = data.find(MAGIC, start)
    while at >= 0 and _frame_at(data, at) is None:
        at = data.find(MAGIC, at + 1)
    return at
