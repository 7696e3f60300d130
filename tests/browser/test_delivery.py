"""The tracker's queue in a real Chromium: whatever the collector answers, each event is stored once, none is lost."""

import json
import re
import threading
from pathlib import Path

import duckdb
import pytest

from tests.browser.conftest import Visit
from tests.browser.events import copies, names, no_gap, numbers, tab_of, track
from tests.browser.site import Fault
from tests.docs.pages import ROOT
from tests.support import wait_until

pytestmark = pytest.mark.slow

STORED = "new Promise((done) => analytics.on((event) => event.stage === 'stored' && done()))"


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
    [cookie] = visit.context.cookies()
    # Where only the first answer was lost, its copies of the events were given a cookie that nobody has.
    wait_until(lambda: cookie["value"] in {row["device_id"] for row in visit.stored_now()})
    assert None not in {row["device_id"] for row in rows}
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


def test_slow_answer_is_waited_for_and_what_comes_meanwhile_is_sent_after_it(visit: Visit) -> None:
    page = visit.open("/", pages="off")
    hold = threading.Event()
    visit.site.then(Fault(hold=hold))
    track(page, 2)
    page.evaluate("void analytics.flush()")
    wait_until(lambda: visit.site.posts, 60)

    track(page, 3, 2)
    page.evaluate("void analytics.flush(); void analytics.flush(); new Promise((done) => setTimeout(done, 400))")
    assert len(visit.site.posts) == 1
    hold.set()
    rows = visit.stored(5)

    assert (numbers(rows), copies(rows), no_gap(rows)) == (list(range(5)), 0, True)
    assert [len(post.events) for post in visit.site.posts] == [2, 3]


def test_frozen_page_has_sent_what_it_queued(visit: Visit) -> None:
    visit.context.clock.install()  # no timer sends them
    page = visit.open("/", pages="off")
    session = visit.context.new_cdp_session(page)

    track(page, 2)
    session.send("Page.setWebLifecycleState", {"state": "frozen"})

    assert numbers(visit.stored(2)) == [0, 1]
    session.send("Page.setWebLifecycleState", {"state": "active"})


def test_answer_that_does_not_come_is_given_up_and_its_batch_sent_again(visit: Visit) -> None:
    visit.context.add_init_script("const after = AbortSignal.timeout; AbortSignal.timeout = (ms) => after(ms / 30);")
    page = visit.open("/", pages="off")
    hold = threading.Event()
    visit.site.then(Fault(hold=hold))
    track(page, 2)
    wait_until(lambda: len(visit.site.posts) > 1, 60)
    hold.set()

    rows = visit.stored(2)

    assert (numbers(rows), no_gap(rows)) == ([0, 1], True)
    assert visit.site.posts[0].events == visit.site.posts[1].events


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
