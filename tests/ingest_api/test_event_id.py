"""Golden vectors of an event's identity. Never change one: known messages would become new ones.

They were computed by a second program, from the words of RFC 9562 (section 5.8) and of the design: 48 bits of the
client's clock in ms, 74 bits of SHA-256(source, NUL, message_id).
"""

import json
import uuid

import pytest

from ingest_api.calls import judge
from ingest_api.receipt import Receipt
from ingest_api.records import Accepted
from ingest_api.request import Request
from ingest_api.schema import make_event_id

FUNCTION = [
    ("default", "m-1", 1795600800123, "01a21225-d97b-8321-b8c3-646f47023c99"),
    ("default", "m-1", 0, "00000000-0000-8321-b8c3-646f47023c99"),
    ("shop", "m-1", 1795600800123, "01a21225-d97b-8ec1-90c0-99c9517aceb3"),
    ("default", "m-2", 1795600800123, "01a21225-d97b-8cbd-88a1-241bc3b26657"),
    ("default", "", 0, "00000000-0000-8bb9-a80f-cd08f0a99115"),
    ("default", "ä-🦊", 1, "00000000-0001-876a-98cb-3b48dbc027ad"),
    ("default", "7", 1612011512345, "0177535f-a219-8fcd-8891-500f6eb871fe"),
    ("a", "b\0c", 0, "00000000-0000-88ba-b778-431d83a6dc0b"),
    ("default", "m-1", (1 << 48) - 1, "ffffffff-ffff-8321-b8c3-646f47023c99"),
    ("default", "m-1", 1 << 48, "00000000-0000-8321-b8c3-646f47023c99"),
    ("default", "m-1", -1, "00000000-0000-8321-b8c3-646f47023c99"),
]


@pytest.mark.parametrize(("source", "message_id", "client_ms", "expected"), FUNCTION)
def test_event_id_is_frozen(source: str, message_id: str, client_ms: int, expected: str) -> None:
    assert str(uuid.UUID(bytes=make_event_id(source, message_id, client_ms))) == expected


HASH = "8321-b8c3-646f47023c99"
CLOCKS = {
    "iso_z": ({"timestamp": "2026-11-25T10:00:00.123Z"}, "01a21225-d97b"),
    "iso_offset": ({"timestamp": "2026-11-25T12:00:00.123+02:00"}, "01a21225-d97b"),
    "iso_without_offset_is_utc": ({"timestamp": "2026-11-25T10:00:00.123"}, "01a21225-d97b"),
    "microseconds_are_floored": ({"timestamp": "2026-11-25T10:00:00.123999Z"}, "01a21225-d97b"),
    "nanoseconds_are_floored": ({"timestamp": "2026-11-25T10:00:00.123999999Z"}, "01a21225-d97b"),
    "original_wins": (
        {"originalTimestamp": "2026-11-25T10:00:00.123Z", "timestamp": "2020-01-01T00:00:00Z"},
        "01a21225-d97b",
    ),
    "unreadable_original_still_wins": ({"originalTimestamp": "soon", "timestamp": 1795600800123}, "00000000-0000"),
    "null_original_is_absent": ({"originalTimestamp": None, "timestamp": 1795600800123}, "01a21225-d97b"),
    "number_of_s": ({"timestamp": 1795600800}, "01a21225-d900"),
    "number_of_s_with_fraction": ({"timestamp": 1795600800.123}, "01a21225-d97b"),
    "number_of_ms": ({"timestamp": 1795600800123}, "01a21225-d97b"),
    "number_of_us": ({"timestamp": 1795600800123999}, "01a21225-d97b"),
    "text_of_s": ({"timestamp": "1795600800.1239"}, "01a21225-d97b"),
    "text_of_ms": ({"timestamp": "1795600800123"}, "01a21225-d97b"),
    "ms_that_look_like_a_date": ({"timestamp": "1612011512345"}, "0177535f-a219"),
    "digits_that_look_like_a_date": ({"timestamp": "20261125"}, "0004b7a8-3b88"),
    "largest_s": ({"timestamp": 99_999_999_999}, "5af3107a-3c18"),
    "smallest_ms": ({"timestamp": 100_000_000_000}, "00174876-e800"),
    "never_corrected_by_sent_at": (
        {"timestamp": "2026-11-25T10:00:00.123Z", "sentAt": "2030-01-01T00:00:00Z"},
        "01a21225-d97b",
    ),
    "absent": ({}, "00000000-0000"),
    "null": ({"timestamp": None}, "00000000-0000"),
    "unreadable": ({"timestamp": "yesterday"}, "00000000-0000"),
    "object": ({"timestamp": {}}, "00000000-0000"),
    "before_1970": ({"timestamp": "1969-12-31T23:59:59.999Z"}, "00000000-0000"),
    "negative": ({"timestamp": -5}, "00000000-0000"),
    "last_ms": ({"timestamp": str((1 << 48) * 1000 - 1)}, "ffffffff-ffff"),
    "from_2_48_ms": ({"timestamp": str((1 << 48) * 1000)}, "00000000-0000"),
}


@pytest.mark.parametrize(("clocks", "expected"), CLOCKS.values(), ids=CLOCKS.keys())
def test_event_id_takes_the_clock_as_sent(clocks: dict[str, object], expected: str) -> None:
    call = {"type": "track", "event": "x", "anonymousId": "a", "messageId": "m-1", **clocks}
    receipt = Receipt(received_at=1_795_600_900_000_000, source="default", path="/v1/batch")

    row = judge(json.dumps(call).encode(), Request(receipt))

    assert isinstance(row, Accepted)
    assert uuid.UUID(bytes=row.own.event_id) == uuid.UUID(f"{expected}-{HASH}")
