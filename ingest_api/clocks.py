"""Clients' clocks: reading them in every shape, and what is believed of them. Pure functions.

``client_us`` is the clock as sent, never corrected (it is part of an event's identity). ``event_time`` is the
corrected instant: received - (sent - original), each half judged on its own.
"""

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache

from ingest_api.partitions import EPOCH

SECONDS_BELOW = Decimal(10) ** 11
MILLISECONDS_BELOW = Decimal(10) ** 14
MAX_US = (1 << 48) * 1000
DAY_US = 86_400_000_000
OLDEST_BELIEVED_US = 400 * DAY_US  # an offline queue older than a cookie's life is a broken clock
MAX_QUEUE_US = 30 * DAY_US  # a correction by more than this says the two clocks are not of one device
ROUNDING_US = 1_000_000  # some SDKs send whole seconds as sentAt: up to one before the event itself
USUAL_CHARS = len("2026-11-25T10:00:00.123Z")
_US = dt.timedelta(microseconds=1)
# What both of Python 3.11's and later ISO readers agree on: the clock is part of an event's identity.
_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[Tt ](?:[01]\d|2[0-3]):\d{2}(?::\d{2}(?:[.,]\d{1,20})?)?(?:[Zz]|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
MAX_CLOCK_CHARS = 60


def parse_instant(text: str | None) -> int | None:
    """Read a timestamp's text: ISO 8601 (no offset means UTC) or a number of s, ms or µs, by its size.

    Returns microseconds since 1970, floored; None when absent, unreadable, before 1970 or from 2^48 ms on.
    """
    if not text:
        return None
    if len(text) == USUAL_CHARS and text[19] == "." and text[23] == "Z" and text.isascii():
        second, thousandths = _second(text[:19]), text[20:23]
        if thousandths.isdigit():
            return None if second is None else second + int(thousandths) * 1000
    return any_instant(text)


def any_instant(text: str) -> int | None:
    """Read a timestamp's text, in whatever shape."""
    text = text.strip()
    if not text or len(text) > MAX_CLOCK_CHARS:
        return None
    # Numbers first: an ISO reader takes the milliseconds 1612011512345 for 23:45 on 1612-01-15.
    us = _from_number(text) if _NUMBER.fullmatch(text) else _from_iso(text)
    return us if us is not None and 0 <= us < MAX_US else None


@lru_cache(maxsize=1024)
def _second(text: str) -> int | None:
    """Read ``2026-11-25T10:00:00``, which many events share: an instant costs a third of what it does otherwise."""
    return any_instant(text + "Z") if text[16:17] == ":" else None


def event_time(received_us: int, sent_us: int | None, original_us: int | None) -> tuple[int, str]:
    """Return (occurred_at, how): ``corrected``, ``as_sent`` or ``received``.

    Never after ``received_us`` and never absurdly old. The raw clocks stay in their own columns.
    """
    if original_us is None:
        return received_us, "received"
    if sent_us is not None:
        queued_us = sent_us - original_us
        if -ROUNDING_US < queued_us <= MAX_QUEUE_US:
            return (received_us - queued_us if queued_us > 0 else received_us), "corrected"
    if received_us - OLDEST_BELIEVED_US <= original_us <= received_us:
        return original_us, "as_sent"
    return received_us, "received"


def _from_iso(text: str) -> int | None:
    if not _ISO.fullmatch(text):
        return None
    try:
        at = dt.datetime.fromisoformat(text.upper())
        if at.tzinfo is None:
            at = at.replace(tzinfo=dt.UTC)
        return (at - EPOCH) // _US
    except (ValueError, OverflowError):
        return None


def _from_number(text: str) -> int | None:
    number = Decimal(text)
    if number < 0 or number > MAX_US:
        return None  # before the arithmetic: 1e9999 is a number too
    if number.adjusted() < -MAX_CLOCK_CHARS:
        return 0
    scale = 1_000_000 if number < SECONDS_BELOW else 1000 if number < MILLISECONDS_BELOW else 1
    return int((number * scale).to_integral_value(rounding="ROUND_FLOOR"))
