"""What an answer means for the events, and what a row of them means for the next request."""

import datetime as dt

import httpx
import pytest

from tracking_pipeline.delivery import health, outcomes
from tracking_pipeline.delivery.outcomes import Outcome
from tracking_pipeline.delivery.state import Health

STATUSES = {
    "sent": (200, 204, 299),
    "retry": (429, 503),
    "dead": (301, 307, 400, 401, 403, 404, 408, 413),
    "uncertain": (100, 500, 502, 504),
}
ERRORS = {
    "retry": (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError),
    "dead": (httpx.LocalProtocolError, httpx.UnsupportedProtocol),
    "uncertain": (httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError),
}


@pytest.mark.parametrize(("state", "status"), [(s, code) for s, codes in STATUSES.items() for code in codes])
def test_a_status_has_one_meaning(state: str, status: int) -> None:
    outcome = outcomes.of_status(status)

    assert outcome == Outcome(state, status, None if state == "sent" else f"http_{status}")


@pytest.mark.parametrize(("state", "error"), [(s, kind) for s, kinds in ERRORS.items() for kind in kinds])
def test_an_error_has_one_meaning_and_keeps_its_text_to_itself(state: str, error: type[httpx.RequestError]) -> None:
    assert outcomes.of_error(error("https://ga4.test/?api_secret=x")) == Outcome(state, None, error.__name__)


NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
RETRY_AFTER = {
    "none": (None, None),
    "seconds": ("120", 120.0),
    "blanks": (" 7 ", 7.0),
    "date": ("Wed, 25 Nov 2026 00:01:00 GMT", 60.0),
    "date gone by": ("Tue, 24 Nov 2026 00:00:00 GMT", 0.0),
    "negative": ("-1", None),
    "words": ("soon", None),
    "empty": ("", None),
    "other digits": ("\u0661", None),
}


@pytest.mark.parametrize(("value", "seconds"), RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_retry_after_is_read_in_both_forms(value: str | None, seconds: float | None) -> None:
    assert outcomes.parse_retry_after(value, NOW) == seconds


SENT, RETRY, UNKNOWN, DEAD = (Outcome(state) for state in ("sent", "retry", "uncertain", "dead"))
ROWS = {
    "refusals add up": ([RETRY, RETRY], Health(refusals=2)),
    "unknowns add up": ([UNKNOWN, UNKNOWN], Health(unknowns=2)),
    "rejections add up": ([DEAD, DEAD], Health(rejections=2)),
    "success ends a row": ([RETRY, SENT], Health()),
    "another kind ends a row": ([DEAD, DEAD, UNKNOWN], Health(unknowns=1)),
}


@pytest.mark.parametrize(("row", "expected"), ROWS.values(), ids=ROWS)
def test_outcomes_of_a_kind_in_a_row_are_counted(row: list[Outcome], expected: Health) -> None:
    now = Health()
    for outcome in row:
        now = health.after(now, outcome)

    assert now == expected


ADVICE = {
    "all well": (Health(), SENT, 0.5, 0.0, False),
    "first refusal": (Health(refusals=1), RETRY, 0.5, 1.0, False),
    "sixth refusal": (Health(refusals=6), RETRY, 0.5, 32.0, False),
    "endless refusals": (Health(refusals=500), RETRY, 0.5, 450.0, False),
    "asked to wait": (Health(refusals=1), Outcome("retry", 429, "http_429", 120.0), 0.5, 120.0, False),
    "asked to wait a week": (Health(refusals=1), Outcome("retry", 429, "http_429", 6e5), 0.5, 3600.0, False),
    "two unknowns": (Health(unknowns=2), UNKNOWN, 0.5, 0.0, False),
    "three unknowns": (Health(unknowns=3), UNKNOWN, 0.5, 4.0, True),
    "two rejections": (Health(rejections=2), DEAD, 0.5, 0.0, False),
    "three rejections": (Health(rejections=3), DEAD, 0.5, 300.0, True),
    "many rejections": (Health(rejections=30), DEAD, 0.5, 900.0, True),
}


@pytest.mark.parametrize(("counts", "outcome", "luck", "wait_s", "stops"), ADVICE.values(), ids=ADVICE)
def test_the_destination_backs_off(counts: Health, outcome: Outcome, luck: float, wait_s: float, stops: bool) -> None:
    advice = health.advice(counts, outcome, luck)

    assert (advice.wait_s, advice.stop is not None) == (wait_s, stops)
    assert health.is_probing(counts) == stops
