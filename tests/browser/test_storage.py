"""Where the queue lies, in a real Chromium: its own cap, a storage that is full, and none at all."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import cookieless_chromium
from tests.browser.conftest import Visit
from tests.browser.events import copies, no_gap, numbers, tab_of, track
from tests.browser.site import Fault

pytestmark = pytest.mark.slow


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
