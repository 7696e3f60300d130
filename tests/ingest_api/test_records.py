"""Judged rows ↔ the spool's records: nothing changes on the way, and what older collectors wrote is read."""

from pathlib import Path

import msgspec
import pytest

from ingest_api.frames import MAX_PAYLOAD_BYTES
from ingest_api.landing import Landing
from ingest_api.publisher import Publisher
from ingest_api.records import Accepted, Own, Page, decode, encode
from ingest_api.schema import Event, Rejected
from tests.crash.records import NOW, event, write_segment
from tests.support import stored_rows

COMMON = Event(
    event_id=b"",
    message_id="",
    source="shop",
    type="",
    received_at=NOW,
    occurred_at=0,
    occurred_from="",
    device_id="d-1",
    page_url="https://a.test/",
    page_path="/",
    context='{"locale":"de"}',
)
OTHER = msgspec.structs.replace(COMMON, device_id=None, context=None)
REFUSED = Rejected(reason="invalid_json", source="shop", received_at=NOW, message_id="bad")
# Written once and kept: a spool outlives an upgrade.
FROZEN = bytes.fromhex(
    "83a46b696e64a56261746368a6636f6d6d6f6ede000ca46b696e64a56576656e74a86576656e745f6964c400aa6d65737361"
    "67655f6964a0a6736f75726365a473686f70a474797065a0ab72656365697665645f6174cf00066116e3d7a800ab6f636375"
    "727265645f617400ad6f636375727265645f66726f6da0a96465766963655f6964a3642d31a8706167655f75726caf687474"
    "70733a2f2f612e746573742fa9706167655f70617468a12fa7636f6e74657874af7b226c6f63616c65223a226465227da36f"
    "776e91dc0014c41000000000000000000000000000000001a26d31a5747261636bcf00066116e3d7a800a872656365697665"
    "64a178c0c0c0c0a175c0c0c0a27b7dc000c0c094af68747470733a2f2f622e746573742fc0c0c0"
)


def own(number: int, **fields: object) -> Own:
    """Make an event's own part."""
    made = Own(number.to_bytes(16, "big"), f"m{number}", "track", NOW, "received", event_name="x", scrubbed=0)
    return msgspec.structs.replace(made, **fields)


def whole(common: Event, number: int, **fields: object) -> Event:
    """Return the row that is expected of ``own(number)``."""
    own_columns = {"event_id": number.to_bytes(16, "big"), "message_id": f"m{number}", "type": "track"}
    return msgspec.structs.replace(
        common, **own_columns, occurred_at=NOW, occurred_from="received", event_name="x", scrubbed=0, **fields
    )


def test_rows_come_back_whole_and_in_order() -> None:
    rows = [
        Accepted(COMMON, own(1)),
        REFUSED,
        Accepted(OTHER, own(2)),
        Accepted(OTHER, own(3)),
        Accepted(COMMON, own(4)),
    ]

    found = [row for record in encode(rows) for row in decode(record)]

    assert found == [whole(COMMON, 1), REFUSED, whole(OTHER, 2), whole(OTHER, 3), whole(COMMON, 4)]
    assert [row.event for row in rows if isinstance(row, Accepted)] == [row for row in found if isinstance(row, Event)]


def test_what_events_share_is_written_once() -> None:
    (record,) = encode([Accepted(COMMON, own(number)) for number in range(25)])

    assert record.count(b"https://a.test/") == 1


def test_an_events_own_page_and_daily_id_go_before_what_it_shares() -> None:
    page = Page("https://b.test/x", None, "X", None)

    (record,) = encode([Accepted(COMMON, own(1, page=page, device_id="daily"))])

    shown = {"page_url": "https://b.test/x", "page_path": None, "page_title": "X", "page_referrer": None}
    assert decode(record) == [whole(COMMON, 1, device_id="daily", **shown)]


def test_every_column_of_an_event_is_shared_or_its_own() -> None:
    columns = set(Event.__struct_fields__)

    assert set(Own.__struct_fields__) - {"page"} <= columns
    assert set(Page.__struct_fields__) <= columns


def test_a_request_too_large_for_one_frame_becomes_several_records() -> None:
    rows = [Accepted(COMMON, own(number, properties='{"a":"%s"}' % ("x" * 900))) for number in range(3000)]

    records = encode(rows)

    assert len(records) > 1
    assert max(map(len, records)) <= MAX_PAYLOAD_BYTES
    assert [row.message_id for record in records for row in decode(record)] == [f"m{number}" for number in range(3000)]


def test_a_record_of_an_earlier_version_is_read() -> None:
    assert decode(FROZEN) == [
        whole(COMMON, 1, properties="{}", user_id="u", page_url="https://b.test/", page_path=None)
    ]


@pytest.mark.parametrize("received_at", [NOW, -1])
def test_segments_may_hold_records_of_both_forms(tmp_path: Path, received_at: int) -> None:
    common = msgspec.structs.replace(COMMON, received_at=received_at)
    records = encode([Accepted(common, own(number)) for number in range(3)])
    write_segment(tmp_path / "spool", "a", [event(1), *records, msgspec.msgpack.encode(REFUSED)], mtime_s=1_795_600_800)

    publisher = Publisher(tmp_path / "spool", Landing(tmp_path))
    publisher.prepare()

    assert publisher.publish_once() == 5
    kept, refused = stored_rows(tmp_path, "events"), stored_rows(tmp_path, "rejected")
    readable = received_at > 0
    assert sorted(row["message_id"] for row in kept) == (["1", "m0", "m1", "m2"] if readable else ["1"])
    assert sorted(row["message_id"] for row in refused) == (["bad"] if readable else ["bad", "m0", "m1", "m2"])
