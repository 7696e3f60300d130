"""Clients' clocks: reading them in every shape, and what is believed of them. Pure functions.

``client_us`` is the clock as sent, never corrected (it is part of an event's identity). ``event_time`` is the
corrected instant: received - (sent - original), each half judged on its own.
"""

import datetime as dt
from decimal import Decimal, InvalidOperation

from ingest_api.partitions import EPOCH

SECONDS_BELOW = Decimal(10) ** 11
MILLISECONDS_BELOW = Decimal(10) ** 14
MAX_US = (1 << 48) * 1000
DAY_US = 86_400_000_000
OLDEST_BELIEVED_US = 400 * DAY_US  # an offline queue older than a cookie's life is a broken clock
MAX_QUEUE_US = 30 * DAY_US  # a correction by more than this says the two clocks are not of one device
_US = dt.timedelta(microseconds=1)


def parse_instant(text: str | None) -> int | None:
    """Read a timestamp's text: ISO 8601 (no offset means UTC) or a number of s, ms or µs, by its size.

    Returns microseconds since 1970, floored; None when absent, unreadable, before 1970 or from 2^48 ms on.
    """
    if not text:
        return None
    us = _from_iso(text)
    if us is None:
        us = _from_number(text)
    return us if us is not None and 0 <= us < MAX_US else None


def event_time(received_us: int, sent_us: int | None, original_us: int | None) -> tuple[int, str]:
    """Return (occurred_at, how): ``corrected``, ``as_sent`` or ``received``.

    Never after ``received_us`` and never absurdly old. The raw clocks stay in their own columns.
    """
    if original_us is None:
        return received_us, "received"
    if sent_us is not None and 0 <= sent_us - original_us <= MAX_QUEUE_US:
        return received_us - (sent_us - original_us), "corrected"
    if received_us - OLDEST_BELIEVED_US <= original_us <= received_us:
        return original_us, "as_sent"
    return received_us, "received"


def _from_iso(text: str) -> int | None:
    try:
        at = dt.datetime.fromisoformat(text.strip())
        if at.tzinfo is None:
            at = at.replace(tzinfo=dt.UTC)
        return (at - EPOCH) // _US
    except (ValueError, OverflowError):
        return None


def _from_number(text: str) -> int | None:
    if len(text) > 40:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return 0 if number == 0 else None
    scale = 1_000_000 if number < SECONDS_BELOW else 1000 if number < MILLISECONDS_BELOW else 1
    return int((number * scale).to_integral_value(rounding="ROUND_FLOOR"))
