import pytest

from ingest_api.clocks import DAY_US, event_time, parse_instant

TEN = 1_795_600_800_000_000  # 2026-11-25T10:00:00Z
READABLE = {
    "date": ("2026-11-25", TEN - 10 * 3_600_000_000),
    "minutes": ("2026-11-25T10:00", TEN),
    "lower_case": ("2026-11-25t10:00:00z", TEN),
    "space": ("2026-11-25 10:00:00Z", TEN),
    "comma": ("2026-11-25T10:00:00,25Z", TEN + 250_000),
    "short_offset": ("2026-11-25T11:00:00+01", TEN),
    "compact_offset": ("2026-11-25T15:30:00+0530", TEN),
    "white_space_around": (" 2026-11-25T10:00:00Z\n", TEN),
    "exponent": ("1.7956008e9", TEN),
    "zero": ("0", 0),
    "tiny": ("1e-300", 0),
}
UNREADABLE = {
    "empty": "",
    "spaces": "   ",
    "words": "now",
    "week_date": "2026-W47-3",
    "compact_date_time": "20261125T100000Z",
    "hour_24": "2026-11-25T24:00:00Z",
    "no_such_day": "2026-02-30T10:00:00Z",
    "second_60": "2026-11-25T10:00:60Z",
    "infinity": "Infinity",
    "nan": "NaN",
    "underscores": "1_795_600_800",
    "other_digits": "١٧٩٥٦٠٠٨٠٠",
    "huge": "1e400",
    "longer_than_any_clock": "1" * 61,
    "year_0": "0000-01-01",
    "offset_before_1970": "1970-01-01T00:00:00+14:00",
}


@pytest.mark.parametrize(("text", "expected"), READABLE.values(), ids=READABLE.keys())
def test_instants_are_read_in_every_shape(text: str, expected: int) -> None:
    assert parse_instant(text) == expected


@pytest.mark.parametrize("text", [*UNREADABLE.values(), None], ids=[*UNREADABLE.keys(), "absent"])
def test_what_is_no_instant_is_none(text: str | None) -> None:
    assert parse_instant(text) is None


S = 1_000_000
TIMES = {
    "corrected_by_the_senders_own_delay": (TEN - 7200 * S, TEN - 7230 * S, (TEN - 30 * S, "corrected")),
    "sent_at_once": (TEN - 7200 * S, TEN - 7200 * S, (TEN, "corrected")),
    "fast_clock_without_sent_at": (None, TEN + 60 * S, (TEN, "received")),
    "slow_clock_without_sent_at": (None, TEN - 60 * S, (TEN - 60 * S, "as_sent")),
    "sent_before_it_happened": (TEN - 90 * S, TEN - 60 * S, (TEN - 60 * S, "as_sent")),
    "queue_of_31_days": (TEN, TEN - 31 * DAY_US, (TEN - 31 * DAY_US, "as_sent")),
    "older_than_a_cookie": (None, TEN - 401 * DAY_US, (TEN, "received")),
    "no_clock": (TEN, None, (TEN, "received")),
}


@pytest.mark.parametrize(("sent", "original", "expected"), TIMES.values(), ids=TIMES.keys())
def test_event_time_is_corrected_and_never_after_receipt(
    sent: int | None, original: int | None, expected: tuple[int, str]
) -> None:
    assert event_time(TEN, sent, original) == expected
