"""The outcome table: what came of one request → the state of its events. Pure functions.

GA4 answers 2xx to whatever it received and has no idempotency, so only what certainly did not arrive is tried
again, and what may have arrived is a state of its own. Sources: the protocol's reference ("on a non-2xx, correct
the request, don't retry the same"), httpx's exceptions as documented for 0.28.
"""

import datetime as dt
import email.utils
from dataclasses import dataclass, replace
from typing import Literal

import httpx

OutcomeState = Literal["sent", "retry", "uncertain", "dead"]
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
OWN_FAULT = (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL)
REFUSED = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Outcome:
    """State of a request's events, the answer's status and reason, and how long the answer asks us to wait."""

    state: OutcomeState
    http_status: int | None = None
    reason: str | None = None
    retry_after_s: float | None = None


def of_status(status: int, retry_after: str | None = None, now: dt.datetime | None = None) -> Outcome:
    """Judge an answer by its status."""
    if 200 <= status < 300:
        return Outcome("sent", status)
    if status in REFUSED:
        return Outcome("retry", status, f"http_{status}", parse_retry_after(retry_after, now))
    if 300 <= status < 500:
        return Outcome("dead", status, f"http_{status}")
    return Outcome("uncertain", status, f"http_{status}")


def of_error(error: Exception) -> Outcome:
    """Judge a request that got no answer; the reason is the exception's name, never its text (it holds the URL)."""
    reason = type(error).__name__
    if isinstance(error, NEVER_LEFT):
        return Outcome("retry", reason=reason)
    if isinstance(error, OWN_FAULT):
        return Outcome("dead", reason=reason)
    return Outcome("uncertain", reason=reason)


def repeatable(outcome: Outcome) -> Outcome:
    """Turn an unknown outcome into a try again: for a destination where a repeat does no harm."""
    return replace(outcome, state="retry") if outcome.state == "uncertain" else outcome


def parse_retry_after(value: str | None, now: dt.datetime | None = None) -> float | None:
    """Read ``Retry-After``: seconds or an HTTP date (RFC 9110, section 10.2.3); None when absent or unreadable."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    try:
        at = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    return max(0.0, (at - (now or dt.datetime.now(dt.UTC))).total_seconds())
