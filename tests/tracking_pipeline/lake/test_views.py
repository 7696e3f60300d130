"""The views that analysts start from: on a few events with known answers."""

import datetime as dt

from tests.tracking_pipeline.lake.parts import at, event, hours, write_part
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours

MINUTE_US = 60_000_000
DAY = dt.date(2026, 11, 25)


def load(store: Store) -> None:
    bot = "Mozilla/5.0 (compatible; Googlebot/2.1)"
    write_part(
        store.landing,
        [
            event("a1", at(4), at(4), anonymous_id="a", type="page", page_url="https://s.example/in", user_id=None),
            event("a2", at(4, 20 * MINUTE_US), at(4, 20 * MINUTE_US), anonymous_id="a", user_id="u9"),
            event("a3", at(4, 55 * MINUTE_US), at(4, 55 * MINUTE_US), anonymous_id="a", user_id=None),
            event("new", at(4), at(4), device_id="d", device_is_new=True, user_id=None),
            event("bot", at(4), at(4), anonymous_id="b", user_agent=bot),
        ],
        "1",
    )
    load_hours(store, hours(4))


def test_a_session_ends_after_thirty_idle_minutes(store: Store) -> None:
    load(store)

    rows = store.connection.execute(
        "select client_kind, client, events, page_views, duration_s, entry_url, user_id"
        " from sessions order by started_at"
    ).fetchall()

    assert rows == [
        ("anonymous", "a", 2, 1, 1200.0, "https://s.example/in", "u9"),
        ("anonymous", "a", 1, 0, 0.0, None, None),
    ]


def test_users_and_days_leave_out_bots_and_fresh_cookies(store: Store) -> None:
    load(store)

    users = store.connection.execute("select visitor_id, events, user_id from users").fetchall()
    days = store.connection.execute("select day, events, page_views, visitors, users from daily_metrics").fetchall()

    assert users == [("anonymous:a", 3, "u9")]
    assert days == [(DAY, 4, 1, 1, 1)]


def test_a_swap_is_one_row_whatever_its_events(store: Store) -> None:
    properties = '{"route_id":"r1","from_chain_id":"1","to_chain_id":"10","from_amount_usd":"12.5"}'
    names = ("lifi_route_execution_started", "lifi_route_execution_failed", "lifi_route_execution_completed")
    rows = [event(name, at(4, n), at(4, n), event_name=name, properties=properties) for n, name in enumerate(names)]
    write_part(store.landing, rows, "1")
    load_hours(store, hours(4))

    [(route, status, amount)] = store.connection.execute(
        "select route_id, status, from_amount_usd from swaps"
    ).fetchall()

    assert (route, status, str(amount)) == ("r1", "completed", "12.500000")
