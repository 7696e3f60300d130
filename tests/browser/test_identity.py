"""Who a visitor is, in a real Chromium: the device cookie, consent, and Google's cookie."""

import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import cookieless_chromium
from tests.browser.conftest import Visit
from tests.support import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.drill]

DAY_S = 86_400


def track(page: Page, *events: str) -> None:
    """Track and send events, one request each."""
    for event in events:
        page.evaluate(f"analytics.track('{event}'); analytics.flush()")


def of(rows: list[dict[str, Any]], column: str) -> list[Any]:
    """Return one column, in the order of events."""
    return [row[column] for row in rows]


def test_device_id_survives_a_reload_and_the_end_of_the_browser(visit: Visit, chromium: Browser) -> None:
    page = visit.open("/", pages="off")
    track(page, "first")
    page.reload()
    track(page, "reloaded")
    kept = visit.context.storage_state()
    again = chromium.new_context(storage_state=kept)
    visit.context = again
    track(visit.open("/"), "next day")

    rows = visit.stored(3)
    [cookie] = again.cookies()
    seen_by_scripts = again.pages[0].evaluate("document.cookie")
    again.close()

    assert of(rows, "event_name") == ["first", "reloaded", "next day"]
    assert set(of(rows, "device_id")) == {cookie["value"]}
    assert of(rows, "device_is_new") == [True, False, False]
    assert len(set(of(rows, "anonymous_id"))) == 1
    assert (cookie["httpOnly"], cookie["sameSite"], seen_by_scripts) == (True, "Lax", "")
    assert cookie["expires"] - time.time() > 399 * DAY_S


def test_refused_cookies_leave_each_event_an_id_and_the_page_one_visitor(
    visit: Visit, chromium: Browser, tmp_path: Path
) -> None:
    with cookieless_chromium(chromium.browser_type, tmp_path) as visit.context:
        page = visit.open("/", pages="off")
        track(page, "first", "second")
        rows = visit.stored(2)

    assert of(rows, "device_is_new") == [True, True]  # so that no mart takes them for visitors
    assert len(set(of(rows, "device_id")) - {None}) == 2
    assert len(set(of(rows, "anonymous_id"))) == 1


def test_denial_leaves_no_trace_and_a_later_grant_makes_one_visitor(visit: Visit) -> None:
    page = visit.open("/", consent="required", pages="off")
    page.evaluate("analytics.consent('denied')")
    track(page, "denied")
    page.reload()
    track(page, "still denied")
    assert (visit.context.cookies(), visit.site.posts) == ([], [])

    page.evaluate("analytics.consent('granted')")
    track(page, "granted")
    page.reload()
    track(page, "still granted")
    rows = visit.stored(2)

    assert of(rows, "event_name") == ["granted", "still granted"]
    assert set(of(rows, "consent")) == {"granted"}
    assert of(rows, "device_is_new") == [True, False]
    assert len(set(of(rows, "device_id"))) == len(set(of(rows, "anonymous_id"))) == 1


def test_withdrawn_consent_makes_the_same_person_another_anonymous_visitor(visit: Visit) -> None:
    page = visit.open("/", consent="required", pages="off")
    page.evaluate("analytics.consent('granted'); analytics.identify('u1')")
    track(page, "before")
    rows = visit.stored(2)
    page.evaluate("analytics.consent('denied')")
    track(page, "denied")
    wait_until(lambda: visit.context.cookies() == [])  # the collector took its cookie away
    page.wait_for_function("Object.keys(localStorage).concat(Object.keys(sessionStorage)).join() === '_t-consent'")
    page.evaluate("analytics.consent('granted')")
    track(page, "after")
    rows = visit.stored(4)

    before, after = (next(row for row in rows if row["event_name"] == name) for name in ("before", "after"))
    assert of(rows, "consent") == ["granted", "granted", "denied", "granted"]
    assert (before["user_id"], after["user_id"]) == ("u1", None)
    assert before["anonymous_id"] != after["anonymous_id"]
    assert before["device_id"] != after["device_id"]


def test_consent_withdrawn_while_offline_takes_the_cookie_away_with_the_next_page(visit: Visit) -> None:
    page = visit.open("/", pages="off")
    track(page, "before")
    visit.stored(1)
    visit.context.set_offline(True)
    page.evaluate("analytics.consent('denied')")
    page.close()
    assert len(visit.context.cookies()) == 1

    visit.context.set_offline(False)
    page = visit.open("/")
    page.evaluate("analytics.track('denied')")
    wait_until(lambda: visit.context.cookies() == [])

    page.wait_for_function("Object.keys(localStorage).join() === '_t-consent'")
    rows = visit.stored(2)
    assert of(rows, "event_name") == ["before", None]
    assert of(rows, "withdrawn_device_id") == [None, rows[0]["device_id"]]


def test_google_client_id_is_on_the_events_since_its_cookie_is_there(visit: Visit) -> None:
    page = visit.open("/", pages="off")
    track(page, "before")
    page.evaluate("document.cookie = '_ga=GA1.1.1234567890.1700000000'")
    track(page, "after")

    rows = visit.stored(2)

    assert of(rows, "ga_client_id") == [None, "1234567890.1700000000"]
    assert len(set(of(rows, "device_id"))) == 1  # which links the two
