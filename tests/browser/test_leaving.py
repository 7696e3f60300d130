"""What waits when its page goes away, in a real Chromium: a closed tab, a crash, an hour offline."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Error

from tests.browser.conftest import Visit
from tests.browser.events import copies, no_gap, numbers, settled, track
from tests.browser.site import Fault, Post
from tests.support import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.drill]


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
