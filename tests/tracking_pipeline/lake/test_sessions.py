"""Where a session of one client ends: after a pause, and by choice with the day or with a campaign."""

import datetime as dt

import duckdb
import pytest

from tracking_pipeline.lake.sessions import SessionRule, cut_sessions, define

EVENING = dt.datetime.fromisoformat("2026-11-25 23:50")
NEWS, ADS = "https://s.example/?utm_source=n&utm_campaign=may", "https://s.example/x?gclid=1"
PAGE = "https://s.example/x"
CAMPAIGN, MIDNIGHT = SessionRule(cut_at_campaign=True), SessionRule(cut_at_midnight=True)
CASES = {
    "a pause": (SessionRule(), ((0, ADS), (30, NEWS), (61, NEWS)), (0, 0, 61)),
    "midnight": (MIDNIGHT, ((0, PAGE), (9, PAGE), (10, PAGE)), (0, 0, 10)),
    "a first campaign": (CAMPAIGN, ((0, PAGE), (1, ADS), (2, PAGE)), (0, 1, 1)),
    "another campaign": (CAMPAIGN, ((0, ADS), (1, NEWS), (2, ADS)), (0, 1, 2)),
    "the same campaign again": (CAMPAIGN, ((0, NEWS), (1, PAGE), (2, NEWS)), (0, 0, 0)),
    "the same one by another click": (CAMPAIGN, ((0, ADS), (1, f"{ADS}2")), (0, 0)),
    "an event before the page": (CAMPAIGN, ((0, None), (1, ADS), (2, None)), (0, 0, 0)),
    "a campaign after a pause": (CAMPAIGN, ((0, ADS), (31, PAGE), (32, ADS)), (0, 31, 32)),
    "both": (SessionRule(cut_at_midnight=True, cut_at_campaign=True), ((9, ADS), (10, PAGE), (11, ADS)), (9, 10, 11)),
}


@pytest.mark.parametrize(("rule", "visit", "starts"), CASES.values(), ids=CASES)
def test_where_a_session_ends(
    rule: SessionRule, visit: tuple[tuple[int, str | None], ...], starts: tuple[int, ...]
) -> None:
    with duckdb.connect() as connection:
        define(connection, rule)
        connection.execute(
            "create temp table session_events (event_id int, occurred_at timestamp, client_kind text, client text,"
            " page_url text)"
        )
        rows = [
            (n, EVENING + dt.timedelta(minutes=minute), "device", "d", url) for n, (minute, url) in enumerate(visit)
        ]
        connection.executemany("insert into session_events values (?, ?, ?, ?, ?)", rows)

        cut_sessions(connection, rule)

        found = connection.execute("select session_start from session_starts order by event_id").fetchall()
        assert [start for (start,) in found] == [EVENING + dt.timedelta(minutes=minute) for minute in starts]
