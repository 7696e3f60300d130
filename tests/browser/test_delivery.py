"""The tracker's queue in a real Chromium: whatever the network does, each event is stored once and none is lost."""

import json
import re
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Browser, Error, Page

from tests.browser.chromium import cookieless_chromium
from tests.browser.conftest import Visit
from tests.browser.site import Fault, Post
from tests.browser.test_tracker import names, settled, tab_of
from tests.docs.pages import ROOT
from tests.support import wait_until

pytestmark = pytest.mark.slow

STORED = "new Promise((done) => analytics.on((event) => event.stage === 'stored' && done()))"


def track(page: Page, count: int, start: int = 0) -> None:
    """Track so many numbered events."""
    page.evaluate(f"for (let n = {start}; n < {start + count}; n += 1) analytics.track('Swap', {{n}})")


def numbers(rows: list[dict[str, Any]]) -> list[int]:
    """Return the number of each different event, sorted."""
    by_id = {row["event_id"]: row for row in rows if row["event_name"] == "Swap"}
    return sorted(json.loads(row["properties"])["n"] for row in by_id.values())


def copies(rows: list[dict[str, Any]]) -> int:
    """Count rows beyond the first of each event: the lake keeps those in `duplicates`."""
    return len(rows) - len({row["event_id"] for row in rows})


def no_gap(rows: list[dict[str, Any]]) -> bool:
    """Tell whether the sequence numbers of each tab are whole."""
    seen: dict[str, set[int]] = {}
    for tab in map(tab_of, rows):
        seen.setdefault(tab["id"], set()).add(tab["seq"])
    return all(found == set(range(1, len(found) + 1)) for found in seen.values())


FAULTS = {
    "500": Fault(500),
    "503 that names a time": Fault(503, {"Retry-After": "1"}),
    "429 that names a time": Fault(429, {"Retry-After": "1"}),
    "dropped before it was stored": Fault(drop="before"),
    "dropped after it was stored": Fault(drop="after"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_event_is_stored_once_after_a_fault(visit: Visit, fault: Fault) -> None:
    page = visit.open("/", pages="off")
    visit.site.then(fault)

    track(page, 3)
    rows = visit.stored(3)
    wait_until(lambda: page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('_t.q')).length") == 0)

    assert (numbers(rows), no_gap(rows)) == ([0, 1, 2], True)
    # Chromium itself sends a request again when its connection broke before any answer.
    assert len(visit.site.posts) >= 2
    assert copies(visit.stored_now()) <= (6 if fault.drop == "after" else 0)


def test_pause_that_the_collector_asks_for_is_kept(visit: Visit) -> None:
    page = visit.open("/", "shop.test", pages="off")
    visit.site.then(Fault(429, {"Retry-After": "2"}))

    page.evaluate("window.began = performance.now(); analytics.track('Swap', {n: 0})")
    page.evaluate(STORED)

    assert page.evaluate("performance.now() - began") >= 2000


@pytest.mark.parametrize("status", [401, 403])
def test_refused_batch_is_not_sent_again_and_its_loss_is_reported(visit: Visit, status: int) -> None:
    page = visit.open("/", pages="off")
    visit.site.then(Fault(status))
    page.evaluate("window.lost = []; void analytics.onDrop((event) => lost.push([event.reason, event.status]))")

    track(page, 2)
    page.evaluate("analytics.flush()")
    page.wait_for_function("lost.length > 0")
    track(page, 1, 2)
    [row] = visit.stored(1)

    assert page.evaluate("lost") == [[None, status]] * 2
    assert tab_of(row) | {"id": ""} == {"id": "", "seq": 3, "lost": 2}
    assert len(visit.site.posts) == 2


def test_event_that_the_collector_rejects_is_told_and_not_sent_again(visit: Visit) -> None:
    page = visit.open("/", pages="off")
    page.evaluate("window.lost = []; void analytics.onDrop((event) => lost.push(event.reason))")

    page.evaluate("analytics.track('Good'); analytics.track('  ')")
    page.evaluate("analytics.flush()")
    page.wait_for_function("lost.length > 0")

    assert page.evaluate("lost") == ["missing_event_name"]
    assert names(visit.stored(1)) == ["Good"]
    assert len(visit.site.posts) == 1


def test_batch_that_is_too_large_is_halved(visit: Visit) -> None:
    page = visit.open("/", pages="off")
    visit.site.rule = lambda body: Fault(413) if len(json.loads(body)["batch"]) > 3 else None

    track(page, 8)
    rows = visit.stored(8)

    assert (numbers(rows), copies(rows), no_gap(rows)) == (list(range(8)), 0, True)
    assert max(len(post.events) for post in visit.site.posts if post.status == 200) <= 3


def test_tab_closed_in_mid_flight_loses_nothing(visit: Visit) -> None:
    page = visit.open("/", pages="off")
    hold = threading.Event()
    visit.site.then(Fault(hold=hold))
    track(page, 2)
    page.evaluate("void analytics.flush()")
    wait_until(lambda: visit.site.posts)
    track(page, 2, 2)

    page.close()
    rows = visit.stored(4)  # the last two left with the tab
    hold.set()
    settled(visit.open("/"))
    wait_until(lambda: copies(visit.stored_now()) == 4)  # their answers never reached a page: sent once more

    assert (numbers(rows), no_gap(rows)) == (list(range(4)), True)
    assert numbers(visit.stored_now()) == list(range(4))


def test_events_survive_a_crash_of_their_page(visit: Visit) -> None:
    page = visit.open("/", pages="off")
    visit.context.set_offline(True)  # or a slow crash would let them be sent
    track(page, 3)
    with page.expect_event("crash"), pytest.raises(Error, match="crash"):
        page.goto("chrome://crash")
    page.close()
    assert visit.site.posts == []
    visit.context.set_offline(False)

    later = visit.context.new_page()
    later.clock.set_fixed_time(datetime.now(UTC) + timedelta(seconds=6))  # what waited for 5 s is any page's
    later.goto(visit.site.url("/"))

    assert numbers(visit.stored(3)) == [0, 1, 2]
    assert copies(visit.stored_now()) == 0


def test_500_events_of_an_hour_offline_arrive_later(visit: Visit) -> None:
    page = visit.open("/", pages="off")
    page.clock.install()
    visit.context.set_offline(True)
    for start in range(0, 500, 100):
        track(page, 100, start)
        page.clock.run_for("12:00")
    page.close()
    assert visit.site.posts == []
    visit.context.set_offline(False)

    later = visit.open("/")
    rows = visit.stored(500)

    assert (numbers(rows), copies(rows), no_gap(rows)) == (list(range(500)), 0, True)
    assert max(len(post.body) for post in visit.site.posts) <= 64_000
    later.evaluate("analytics.flush()")
    assert later.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('_t.q')).length") == 0


def test_full_queue_drops_the_oldest_and_says_so(visit: Visit) -> None:
    page = visit.open("/", pages="off")
    visit.context.set_offline(True)
    page.evaluate("window.lost = 0; void analytics.onDrop((event) => (lost += 1))")

    track(page, 1_050)
    assert page.evaluate("lost") == 50
    visit.context.set_offline(False)
    rows = visit.stored(1_000)

    assert numbers(rows) == list(range(50, 1_050))
    assert max(tab_of(row)["lost"] for row in rows) == 49  # when the last one was queued


def test_full_storage_of_the_host_keeps_room_for_the_host(visit: Visit) -> None:
    page = visit.open("/", pages="off")
    visit.context.set_offline(True)
    page.evaluate("localStorage.hosts = 'x'.repeat(5 * 1024 * 1024 - 400_000)")

    page.evaluate("for (let n = 0; n < 300; n += 1) analytics.track('Swap', {n, text: 'y'.repeat(900)})")
    page.evaluate("localStorage.more = 'z'.repeat(150_000)")  # throws where no room is left
    visit.context.set_offline(False)

    assert numbers(visit.stored(300)) == list(range(300))


REFUSING = "Object.defineProperty(window, '{kind}', {{ get() {{ throw new DOMException('no', 'SecurityError'); }} }});"


def test_events_arrive_where_storage_is_refused(visit: Visit) -> None:
    visit.context.add_init_script("".join(REFUSING.format(kind=kind) for kind in ("localStorage", "sessionStorage")))
    page = visit.open("/", pages="off")
    visit.site.then(Fault(500))

    track(page, 3)
    rows = visit.stored(3)
    track(page, 1, 3)
    page.close()

    assert numbers(visit.stored(4)) == [0, 1, 2, 3]
    assert len({row["anonymous_id"] for row in rows}) == 1


def test_events_arrive_where_cookies_are_blocked(visit: Visit, chromium: Browser, tmp_path: Path) -> None:
    with cookieless_chromium(chromium.browser_type, tmp_path) as visit.context:
        page = visit.open("/", pages="off")
        assert page.evaluate(
            "(() => { try { return localStorage.length; } catch (error) { return error.name; } })()"
        ) == ("SecurityError")
        track(page, 3)
        rows = visit.stored(3)

    assert (numbers(rows), copies(rows), no_gap(rows)) == ([0, 1, 2], 0, True)
    assert len({row["anonymous_id"] for row in rows}) == 1


@pytest.mark.parametrize("host", ["localhost", "shop.test"], ids=["web locks", "lease"])
def test_two_tabs_share_one_queue_and_send_nothing_twice(visit: Visit, host: str) -> None:
    one, two = (visit.open("/", host, pages="off") for _ in range(2))
    visit.site.then(Fault(500), Fault(500))

    for start in range(0, 40, 10):
        track(one, 5, start)
        track(two, 5, start + 5)
    rows = visit.stored(40)

    for page in (one, two):
        page.evaluate("analytics.flush()")
    rows = visit.stored_now()
    assert (numbers(rows), copies(rows), no_gap(rows)) == (list(range(40)), 0, True)
    assert len({tab_of(row)["id"] for row in rows}) == 2
    assert len({row["anonymous_id"] for row in rows}) == 1


def test_requests_in_flight_stay_within_the_browsers_limit(visit: Visit) -> None:
    page = visit.open("/", pages="off")
    hold = threading.Event()
    visit.site.then(Fault(hold=hold))
    page.evaluate("for (let n = 0; n < 60; n += 1) analytics.track('Swap', {n, text: 'ž'.repeat(700)})")
    page.evaluate("void analytics.flush()")
    wait_until(lambda: visit.site.posts)
    page.goto(visit.site.url("/"))
    hold.set()

    rows = visit.stored(60)

    assert numbers(rows) == list(range(60))
    assert max(map(size, visit.site.posts)) <= 64_000


def test_beacon_carries_what_waits_where_fetch_cannot_outlive_its_page(visit: Visit) -> None:
    visit.context.add_init_script(
        "delete Request.prototype.keepalive;"
        "const beacon = navigator.sendBeacon.bind(navigator); navigator.sendBeacon = (...sent) => {"
        "  sessionStorage.beacons = Number(sessionStorage.beacons || 0) + 1; return beacon(...sent); };"
    )
    visit.context.clock.install()  # no timer sends them before the page is left
    page = visit.open("/", pages="off")
    track(page, 2)
    page.reload()
    assert numbers(visit.stored(2)) == [0, 1]
    assert page.evaluate("sessionStorage.beacons") == "1"

    track(page, 1, 2)
    page.evaluate("analytics.flush()")  # a page that stays still asks by fetch, whose answer it sees

    assert numbers(visit.stored(3)) == [0, 1, 2]
    assert page.evaluate("sessionStorage.beacons") == "1"
    assert copies(visit.stored_now()) == 0


def size(post: Post) -> int:
    """Return a post's bytes."""
    return len(post.body)


def test_loss_before_the_collector_is_seen_in_sql(visit: Visit) -> None:
    page = visit.open("/", pages="off")
    page.evaluate(
        "(async () => { analytics.track('Swap', {n: 0}); analytics.track('Swap', {n: 1}); await null;"
        # what a visitor's own "clear site data" does
        "localStorage.removeItem(Object.keys(localStorage).filter((key) => key.startsWith('_t.q')).sort()[1]);"
        "analytics.track('Swap', {n: 2}); })()"
    )
    rows = visit.stored(2)
    part = visit.site.collector.data_dir / "events" / "**" / "*.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create view events as from read_parquet('{part}') where source = 's{visit.number}'")
        found = connection.execute(sql_in(ROOT / "docs" / "tracker.md")).fetchall()

    [tab] = {tab_of(row)["id"] for row in rows}
    assert found == [(tab, 2, 1, 0)]


def sql_in(page: Path) -> str:
    """Return the page's one SQL query."""
    [query] = re.findall(r"```sql\n(.*?)```", page.read_text(), re.DOTALL)
    return str(query)
