"""Marts on a real lake, with real loads: known answers, late events, replaced hours, crashes, upgrades."""

import datetime as dt
from decimal import Decimal

import pytest

from ingest_api.schema import Event
from tests.support import wait_until
from tests.tracking_pipeline.lake.parts import at, event, hours, write_part
from tracking_pipeline.cli.health import read_status
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.marts import seen
from tracking_pipeline.lake.marts.refresh import read_state, rebuild, refresh
from tracking_pipeline.lake.marts.tables import MARTS
from tracking_pipeline.lake.replace import replace_hour
from tracking_pipeline.lake.schema import make_lake

MINUTE_US = 60_000_000
DAY = dt.date(2026, 11, 25)
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1)"


def click(name: str, minute: float, **more: object) -> Event:
    """Return an event of hour 4 that is received when it happens."""
    instant = at(4, int(minute * MINUTE_US))
    return event(name, instant, instant, **{"user_id": None, "anonymous_id": "a", **more})


def load(store: Store, *events: Event, tag: str = "1") -> None:
    write_part(store.landing, sorted(events, key=lambda row: row.received_at), tag)
    load_hours(store, hours(4, 5))


def rows(store: Store, query: str) -> list[tuple[object, ...]]:
    return store.connection.execute(query).fetchall()


@pytest.mark.slow
def test_known_answers(store: Store) -> None:
    load(
        store,
        click("a1", 0, type="page", page_url="https://s.example/in", page_path="/in"),
        click("a2", 20, user_id="u9"),
        click("a3", 55),
        click("new", 0, anonymous_id=None, device_id="d", device_is_new=True),
        click("bot", 0, anonymous_id="b", user_agent=BOT),
    )

    refresh(store.settings)

    assert rows(
        store,
        "select client_kind, client, events, page_views, duration_s, entry_path, user_id, channel, is_engaged,"
        " is_bounce from sessions order by started_at",
    ) == [
        ("anonymous", "a", 2, 1, 1200.0, "/in", "u9", "Direct", True, False),
        ("anonymous", "a", 1, 0, 0.0, None, None, "Direct", False, True),
    ]
    assert rows(store, "select visitor_id, sessions, events, user_id from users") == [("user:u9", 2, 3, "u9")]
    assert rows(
        store,
        "select day, events, page_views, visitors, new_visitors, users, sessions, engaged_sessions, bounces"
        " from daily_metrics",
    ) == [(DAY, 4, 1, 1, 1, 1, 2, 1, 1)]
    assert rows(store, "select count(*), count(session_id) from page_views") == [(1, 1)]
    assert rows(store, "select id_kind, id, linked_kind, linked_id from identities") == [
        ("anonymous", "a", "user", "u9")
    ]


@pytest.mark.slow
@pytest.mark.drill
def test_a_swap_is_one_row_whatever_its_events(store: Store) -> None:
    chosen = '{"from_chain_id":"1","from_token_address":"0x0"}'
    route = f'{{"route_id":"r1","from_chain_id":"1","from_amount":"{10**36 + 1}","from_amount_usd":12.5}}'
    failed = '{"route_id":"r1","attempt":1,"error_code":"1012"}'
    load(
        store,
        click("chosen", 0, event_name="lifi_source_chain_token_selected", properties=chosen),
        click("offered", 1, event_name="lifi_available_routes", properties=chosen),
        click("reviewed", 2, event_name="lifi_route_selected", properties=route),
        click("started", 3, event_name="lifi_route_execution_started", properties=route),
        click("failed", 4, event_name="lifi_route_execution_failed", properties=failed),
        click("ended", 9, event_name="lifi_route_execution_completed", properties='{"route_id":"r1","attempt":2}'),
        click("other", 5, event_name="lifi_route_execution_started", properties='{"route_id":"r2"}'),
    )

    refresh(store.settings)

    [(status, amount, usd, error, failures, attempts, *times)] = rows(
        store,
        "select status, from_amount, from_amount_usd, error_class, failures, attempts, tokens_chosen_at,"
        " routes_seen_at, selected_at, started_at, failed_at, completed_at from swaps where route_id = 'r1'",
    )
    assert (status, amount, usd) == ("completed", Decimal(10**36 + 1), Decimal("12.5"))
    assert (error, failures, attempts) == ("rejected", 1, 2)
    assert [time.minute for time in times if isinstance(time, dt.datetime)] == [0, 1, 2, 3, 4, 9]
    assert rows(store, "select status from swaps where route_id = 'r2'") == [("started",)]
    assert rows(store, "select swaps_started, swaps_completed, swapped_usd from daily_metrics") == [
        (2, 1, Decimal("12.5"))
    ]


@pytest.mark.slow
def test_an_execution_without_an_end_times_out_after_a_day_of_receipt(store: Store) -> None:
    load(store, click("started", 3, event_name="lifi_route_execution_started", properties='{"route_id":"r"}'))
    refresh(store.settings)
    write_part(store.landing, [event("later", at(29), at(29))], "2")
    load_hours(store, hours(29))

    refresh(store.settings)

    assert rows(store, "select status from swaps") == [("timed_out",)]


@pytest.mark.slow
@pytest.mark.drill
def test_a_late_event_bridges_two_sessions(store: Store) -> None:
    load(store, click("a1", 0), click("a2", 40))
    refresh(store.settings)
    load(store, event("late", at(5), at(4, 20 * MINUTE_US), anonymous_id="a", user_id=None), tag="2")

    done = refresh(store.settings)

    assert rows(store, "select events, duration_s from sessions") == [(3, 2400.0)]
    assert (done.removed["sessions"], done.written["sessions"]) == (2, 1)


@pytest.mark.slow
def test_replacing_an_hour_changes_no_mart_and_leaves_nothing_behind(store: Store) -> None:
    load(store, click("a1", 0, device_id="d"), click("a2", 20, user_id="u", wallets=["evm:1"]), click("b", 5))
    refresh(store.settings)
    before = marts(store)
    replace_hour(store, hours(4)[0])
    assert rows(store, "select count(*) from removed") == [(3,)]

    done = refresh(store.settings)

    assert marts(store) == before
    assert done.written == dict.fromkeys(done.written, 0)  # rows that stay as they are are not written again
    assert rows(store, "select count(*) from removed") == [(0,)]


@pytest.mark.slow
@pytest.mark.drill
def test_a_displaced_copy_moves_its_session(store: Store) -> None:
    write_part(store.landing, [event("m", at(5, MINUTE_US), at(3), anonymous_id="later")], "2")
    load_hours(store, hours(5))
    refresh(store.settings)
    write_part(store.landing, [event("m", at(5), at(3), anonymous_id="earlier")], "1")
    load_hours(store, hours(5))

    refresh(store.settings)

    assert rows(store, "select client, events from sessions") == [("earlier", 1)]
    kept_up = marts(store)
    rebuild(store.settings)
    assert marts(store) == kept_up


class Stopped(Exception):
    """The run was cut off."""


@pytest.mark.slow
@pytest.mark.parametrize("place", ["computed", "written"])
def test_a_run_cut_off_anywhere_leaves_the_marts_as_they_were(store: Store, place: str) -> None:
    load(store, click("a1", 0))
    refresh(store.settings)
    load(store, click("a2", 10), tag="2")
    before, state = marts(store), read_state(store.connection)

    def stop(name: str) -> None:
        if name == place:
            raise Stopped

    with pytest.raises(Stopped):
        refresh(store.settings, stop)

    assert (marts(store), read_state(store.connection)) == (before, state)
    assert seen.reason_to_wait(store.settings) is None
    refresh(store.settings)
    assert rows(store, "select events from sessions") == [(2,)]


@pytest.mark.slow
@pytest.mark.drill
def test_a_load_amid_a_run_is_taken_in_by_the_next(store: Store) -> None:
    load(store, click("a1", 0))

    def meanwhile(name: str) -> None:
        if name == "computed" and not rows(store, "select 1 from events where message_id = 'a2'"):
            load(store, click("a2", 10), tag="2")

    done = refresh(store.settings, meanwhile)

    assert done.windows == 2
    assert rows(store, "select events from sessions") == [(2,)]


@pytest.mark.slow
def test_nothing_new_costs_no_transaction(store: Store) -> None:
    assert seen.reason_to_wait(store.settings) == "nothing was ever loaded"
    load(store, click("a1", 0))
    assert seen.reason_to_wait(store.settings) is None
    wait_until(lambda: read_status(store.settings, 1).marts["lag_s"] > 0, 60, "a lag of a tenth of a second")
    refresh(store.settings)
    assert read_status(store.settings, 1).marts["lag_s"] == 0
    fence = rows(store, "select n from fence")

    again = refresh(store.settings)

    assert (again.windows, rows(store, "select n from fence")) == (0, fence)
    assert seen.reason_to_wait(store.settings) == "the marts have seen all that was loaded"


@pytest.mark.slow
@pytest.mark.drill
def test_marts_of_an_older_version_are_made_anew(store: Store) -> None:
    load(store, click("a1", 0))
    refresh(store.settings)
    store.connection.execute("drop table sessions")
    store.connection.execute("create view sessions as select event_id as session_id from events")

    make_lake(store.settings)
    refresh(store.settings)

    with attach.connect(store.settings, read_only=True) as connection:
        assert connection.execute("select client, events from sessions").fetchall() == [("a", 1)]


@pytest.mark.slow
def test_rows_that_another_definition_made_are_made_anew(store: Store) -> None:
    load(store, click("a1", 0))
    refresh(store.settings)
    store.connection.execute("update sessions set channel = 'of an older version'").fetchall()
    store.connection.execute("update marts_state set definition = 'older'").fetchall()

    refresh(store.settings)

    assert rows(store, "select channel from sessions") == [("Direct",)]


@pytest.mark.slow
def test_another_time_zone_makes_other_days(store: Store) -> None:
    load(store, click("a1", 0))
    refresh(store.settings)
    elsewhere = store.settings.model_copy(update={"timezone": "America/Los_Angeles"})
    assert seen.reason_to_wait(elsewhere) is None

    refresh(elsewhere)

    assert seen.reason_to_wait(elsewhere) == "the marts have seen all that was loaded"
    assert rows(store, "select day, events from daily_metrics") == [(DAY - dt.timedelta(days=1), 1)]


def marts(store: Store) -> dict[str, list[tuple[object, ...]]]:
    return {mart.name: rows(store, f"select columns(*)::varchar from {mart.name} order by all") for mart in MARTS}
