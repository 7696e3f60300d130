"""No first-party request of the tracker is on a block list: each that a real page makes, under two sets of paths."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.blockers.lists import JUDGES, Request, Verdict, blocking_chromium, judge
from tests.browser.events import names, settled, tab_of
from tests.browser.site import Site, running_site, wait_for_rows
from tests.support import running_collector

pytestmark = pytest.mark.slow

PATHS = {"default": ("/m.js", "/v1/batch"), "renamed": ("/assets/app.js", "/app/sync")}
PAGES = {  # page → where its collector is: the same host, a sub-domain, the site that this was made for
    "https://www.shop.example/swap": "https://www.shop.example",
    "https://shop.example/": "https://t.shop.example",
    "https://jumper.exchange/gas": "https://jumper.exchange",
}
TRACKERS = [
    Request("https://www.google-analytics.com/g/collect?v=2&tid=G-1", "https://www.shop.example/", "ping"),
    Request("https://www.googletagmanager.com/gtag/js?id=G-1", "https://www.shop.example/", "script"),
]
UNWISE = [  # on the site's own host, and stopped all the same: what a rename must not choose
    Request("https://www.shop.example/api/collect", "https://www.shop.example/", "fetch"),
    Request("https://www.shop.example/beacon.js", "https://www.shop.example/", "script"),
]
SENT = "!Object.keys(localStorage).some((key) => key.startsWith('_t.q'))"
NO_KEEPALIVE = "delete Request.prototype.keepalive;"


Made = list[tuple[str, str]]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Site]]:
    """Two sites, each with a collector that has these paths."""
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(running(*PATHS[name], tmp_path_factory.mktemp(name))) for name in PATHS}


@contextlib.contextmanager
def running(script: str, batch: str, room: Path) -> Iterator[Site]:
    """Run a site whose collector has these paths."""
    settings = {"TRACKING_SCRIPT_PATH": script, "TRACKING_BATCH_PATH": batch}
    with running_collector(room, **settings) as collector, running_site(collector) as site:
        site.add("/", f'<link rel="icon" href="data:,"><script src="{script}" data-write-key="demo"></script>')
        yield site


def visit(context: BrowserContext, site: Site, script: str = "") -> Made:
    """Visit the site, leave it, and return type and path of each request but the page's own."""
    made: Made = []
    page = context.new_page()
    page.add_init_script(script)
    page.on("request", lambda request: made.append((request.resource_type, request.url)))
    page.goto(site.url("/"))
    settled(page)
    page.wait_for_function(SENT)  # the answer brings the device's cookie
    page.evaluate("void analytics.on(() => {}); analytics.track('Verbose'); analytics.flush()")  # asks with a query
    page.evaluate("analytics.track('Leaving'); document.dispatchEvent(new Event('freeze'))")
    page.wait_for_function(SENT)
    page.close()
    base = site.url("")
    return [(kind, url.removeprefix(base)) for kind, url in made if kind != "document" and url.startswith(base)]


@pytest.fixture(scope="module")
def made(chromium: Browser, sites: dict[str, Site]) -> dict[str, Made]:
    """Every request of two visits to each: one by fetch, one in a browser whose fetch cannot outlive its page."""
    context = chromium.new_context()
    found = {name: sorted({*visit(context, site), *visit(context, site, NO_KEEPALIVE)}) for name, site in sites.items()}
    context.close()
    return found


@pytest.fixture(scope="module")
def verdicts(made: dict[str, Made]) -> list[Verdict]:
    """What every blocker says of these requests on every page, and of requests that they do stop."""
    paths = [request for requests in made.values() for request in requests]
    ours = [Request(host + path, page, kind) for page, host in PAGES.items() for kind, path in paths]
    return judge([*ours, *TRACKERS, *UNWISE])


@pytest.mark.parametrize("name", PATHS)
def test_visit_makes_these_requests_and_no_others(sites: dict[str, Site], made: dict[str, Made], name: str) -> None:
    script, batch = PATHS[name]

    rows = wait_for_rows(sites[name], "default", 6)

    assert sorted(set(names(rows))) == ["Leaving", "Verbose", "page"]
    devices = {(tab_of(row)["id"], row["device_id"]) for row in rows}
    assert len(devices) == len({tab for tab, _ in devices})
    verbose = f"{batch}?verbose=1"
    assert made[name] == [("fetch", batch), ("fetch", verbose), ("ping", verbose), ("script", script)]


def test_no_list_stops_a_first_party_request(verdicts: list[Verdict]) -> None:
    known = {request.url for request in [*TRACKERS, *UNWISE]}
    ours = [verdict for verdict in verdicts if verdict.url not in known]

    assert len(ours) == len(JUDGES) * len(PAGES) * len(PATHS) * 4
    assert [verdict for verdict in ours if verdict.rule is not None] == []


@pytest.mark.parametrize("lists", JUDGES)
def test_every_list_stops_known_trackers(verdicts: list[Verdict], lists: str) -> None:
    urls = {request.url for request in TRACKERS}

    found = {verdict.url: verdict.rule for verdict in verdicts if verdict.lists == lists and verdict.url in urls}

    assert set(found) == urls
    assert None not in found.values()


def test_some_list_stops_an_unwise_name_on_the_own_host(verdicts: list[Verdict]) -> None:
    stopped = {verdict.url for verdict in verdicts if verdict.rule is not None}

    assert {request.url for request in UNWISE} <= stopped


def test_real_blocker_lets_the_tracker_through_and_stops_another(
    chromium: Browser, sites: dict[str, Site], tmp_path: Path
) -> None:
    before = {name: len(site.posts) for name, site in sites.items()}
    with blocking_chromium(chromium.browser_type, tmp_path) as context:
        kinds = {name: {kind for kind, _ in visit(context, site)} for name, site in sites.items()}
        page = context.pages[0]
        page.goto(sites["default"].url("/"))
        with page.expect_event("requestfailed") as failed:
            page.evaluate("void fetch('https://www.google-analytics.com/g/collect?v=2').catch(() => {})")

    assert failed.value.failure == "net::ERR_BLOCKED_BY_CLIENT"
    for name, site in sites.items():
        stored = [event for post in site.posts[before[name] :] if post.is_stored for event in post.events]
        assert {event.get("event", event["type"]) for event in stored} >= {"page", "Verbose", "Leaving"}
        assert kinds[name] == {"script", "fetch"}
