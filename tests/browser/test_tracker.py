"""The tracker in a real Chromium against a real collector: identity, pages, clicks, consent, a page's own rules."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from ingest_api import pages
from tests.browser.chromium import undriven_chromium
from tests.browser.conftest import Visit
from tests.browser.events import names, settled, tab_of
from tests.browser.site import running_site, wait_for_rows
from tests.ports import free_port
from tests.support import running_collector, wait_until

pytestmark = pytest.mark.slow

STUB = f"<script>{pages.STUB.read_text()}</script>"


def views(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return path and title of each page view, in the order of their times."""
    return [(row["page_path"], row["page_title"]) for row in rows if row["type"] == "page"]


def test_first_visit_is_stored_once_with_ids_from_its_first_event(visit: Visit) -> None:
    early = "analytics.identify('u1');analytics.track('Early',{n:1});analytics.onDrop(() => {})();"
    before = f"{STUB}<script>{early}analytics.flush().then(() => (window.isFlushed = true))</script>"
    link = '<a id="out" href="http://other.test:1/x" target="_blank">Out</a>'
    button = '<button data-track="Tab Selected" data-track-tab-name="gas"><b id="inner">Gas</b></button>'
    visit.site.add("/", before + visit.script(), link + button)

    page = visit.open("/")
    page.wait_for_function("window.isFlushed")
    page.click("#inner")
    page.click("#out")
    settled(page)
    rows = visit.stored(5)
    page.evaluate("analytics.track('Later')")
    rows = visit.stored(6)

    assert sorted(names(rows)) == ["Early", "Later", "Tab Selected", "identify", "outbound_click", "page"]
    assert [tab_of(row)["seq"] for row in sorted(rows, key=lambda row: tab_of(row)["seq"])] == [1, 2, 3, 4, 5, 6]
    assert len({tab_of(row)["id"] for row in rows}) == 1
    assert {row["user_id"] for row in rows} == {"u1"}
    [anonymous], [device] = {row["anonymous_id"] for row in rows}, {row["device_id"] for row in rows}
    assert anonymous
    assert device
    by_name = dict(zip(names(rows), rows, strict=True))
    assert json.loads(by_name["Tab Selected"]["properties"]) == {"tab_name": "gas"}
    assert json.loads(by_name["outbound_click"]["properties"])["link_domain"] == "other.test"
    assert not by_name["Later"]["device_is_new"]


def test_script_on_another_site_needs_no_preflight_and_keeps_its_ids(visit: Visit) -> None:
    tag = visit.script().replace('src="', f'src="{visit.site.url("", "collect.other.test")}')
    visit.site.add("/", tag)

    for n in (1, 2):
        page = visit.open("/", "shop.test")
        page.evaluate(f"analytics.track('Cross {n}')")
        settled(page)
        rows = visit.stored(2 * n)

    assert names(rows) == ["Cross 1", "page", "Cross 2", "page"] or sorted(names(rows)) == [
        *["Cross 1", "Cross 2", "page", "page"]
    ]
    assert len({row["anonymous_id"] for row in rows}) == 1
    assert {post.host for post in visit.site.posts} == {"collect.other.test"}
    assert visit.site.methods == []


def test_single_page_app_has_one_view_a_navigation_with_the_new_title(visit: Visit) -> None:
    page = visit.open("/app")
    settled(page)
    page.evaluate("""async () => {
        const pause = (ms) => new Promise((done) => setTimeout(done, ms));
        history.pushState({}, '', '/gas'); await pause(30); document.title = 'Gas'; await pause(30);
        history.replaceState({}, '', '/gas?fromChain=1'); await pause(250);
        history.pushState({}, '', '/old'); history.replaceState({}, '', '/buy'); document.title = 'Buy';
        await pause(250);
        location.hash = 'faq'; await pause(250);
        location.hash = '#/route'; await pause(250);
    }""")
    page.go_back()
    settled(page)
    rows = visit.stored(5)

    assert views(rows) == [("/app", "app"), ("/gas", "Gas"), ("/buy", "Buy"), ("/buy", "Buy"), ("/buy", "Buy")]
    assert [row["page_referrer"] for row in rows][1:3] == [visit.site.url("/app"), visit.site.url("/gas")]


def test_own_page_call_takes_the_place_of_the_automatic_view(visit: Visit) -> None:
    page = visit.open("/", body="<script>analytics.page('Swap', 'Exchange', {tab: 'exchange'})</script>")
    settled(page)

    [row] = visit.stored(1)

    assert (row["event_name"], row["category"]) == ("Exchange", "Swap")
    assert json.loads(row["properties"]) == {"tab": "exchange"}


def test_page_from_the_back_forward_cache_counts_again_with_a_number_of_its_own(visit: Visit) -> None:
    page = visit.open("/one")
    visit.site.add("/two", visit.script())
    settled(page)
    page.evaluate("window.mark = 1")
    page.goto(visit.site.url("/two"))
    settled(page)
    page.evaluate("history.back()")
    page.wait_for_function("window.mark === 1")  # the very page of before, not a fresh one
    settled(page)

    rows = visit.stored(3)

    assert [path for path, _ in views(rows)] == ["/one", "/two", "/one"]
    assert [tab_of(row)["seq"] for row in rows] == [1, 2, 1]
    assert len({tab_of(row)["id"] for row in rows}) == 2


LISTENERS = """
window.listening = 0;
for (const target of [window, document]) {
  const { addEventListener: add, removeEventListener: remove } = target;
  target.addEventListener = (...a) => { window.listening += 1; add.apply(target, a); };
  target.removeEventListener = (...a) => { window.listening -= 1; remove.apply(target, a); };
}
"""


def test_stop_leaves_no_listener_and_no_patch(visit: Visit) -> None:
    visit.context.add_init_script(LISTENERS)
    page = visit.open("/", engagement="on")
    assert page.evaluate("[listening > 5, history.pushState === History.prototype.pushState]") == [True, False]

    page.evaluate("analytics.stop()")
    page.evaluate("analytics.track('After')")
    page.evaluate("history.pushState({}, '', '/after')")

    assert page.evaluate("[listening, history.pushState === History.prototype.pushState]") == [0, True]
    assert page.evaluate("history.replaceState === History.prototype.replaceState")
    rows = visit.stored(1)
    assert views(rows) == [("/", "Home")]


def test_consent_denied_then_granted(visit: Visit) -> None:
    page = visit.open("/", consent="required")
    page.evaluate("analytics.track('Before')")
    kept = "[Object.keys(localStorage).length, Object.keys(sessionStorage).length, document.cookie]"
    assert page.evaluate(kept) == [0, 0, ""]

    page.evaluate("window.lost = []; void analytics.onDrop((event) => lost.push(event.reason))")
    page.evaluate("analytics.consent('denied')")
    page.evaluate("analytics.track('Refused')")
    settled(page)
    assert page.evaluate("lost") == ["consent"] * 3  # both calls and the page view
    assert page.evaluate("Object.keys(localStorage)") == ["_t-consent"]
    assert visit.site.posts == []

    page.evaluate("analytics.consent({analytics: true, advertising: false})")
    page.evaluate("analytics.track('Allowed')")
    settled(page)
    [row] = visit.stored(1)
    assert row["event_name"] == "Allowed"
    assert row["device_id"]
    preferences = json.loads(row["context"])["consent"]["categoryPreferences"]
    assert preferences == {"analytics": True, "advertising": False}

    page.evaluate("analytics.consent('denied')")
    wait_until(lambda: visit.context.cookies() == [])
    page.wait_for_function("Object.keys(localStorage).join() === '_t-consent'")
    last = next(found for found in visit.stored(2) if found["type"] == "identify")
    assert (last["consent"], last["withdrawn_device_id"]) == ("denied", row["device_id"])
    assert last["anonymous_id"] is None


def test_events_before_the_choice_are_held_and_stored_once_it_is_granted(visit: Visit) -> None:
    page = visit.open("/", consent="required")
    page.evaluate("analytics.track('Before')")
    settled(page)
    assert visit.site.posts == []

    page.evaluate("analytics.consent('granted')")
    settled(page)
    again = visit.open("/")
    settled(again)

    rows = visit.stored(3)
    assert sorted(names(rows)) == ["Before", "page", "page"]
    assert len({row["anonymous_id"] for row in rows}) == 1


def test_strict_content_security_policy_is_not_broken(visit: Visit) -> None:
    policy = (
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; require-trusted-types-for 'script'"
    )
    visit.site.add("/", visit.script(), "", Content_Security_Policy=policy)
    violations: list[str] = []
    visit.context.on("console", lambda message: violations.append(message.text) if message.type == "error" else None)

    page = visit.open("/")
    settled(page)

    assert names(visit.stored(1)) == ["page"]
    assert violations == []


HOSTILE = """() => {
    const loop = { name: 'loop' }; loop.self = loop;
    const thrower = { get bad() { throw new Error('no'); }, good: 1 };
    const deep = {}; let at = deep; for (let n = 0; n < 200; n += 1) at = at.next = {};
    analytics.track('Hostile', {
        wei: 123456789012345678901234567890n, loop, thrower, deep, node: document.body, view: window,
        list: new Set([1n, 2]), map: new Map([['a', 1]]), error: new Error('why'), bytes: new Uint8Array(9),
        nan: NaN, fn() {}, when: new Date(0), emoji: '\\ud83d', frozen: Object.freeze({ a: [1] }),
    });
    const list = Array.from({ length: 1e5 }, (_, n) => ({ n, text: 'x'.repeat(99) }));
    analytics.track('Huge', { text: 'ž'.repeat(2e6), list });
    const { proxy, revoke } = Proxy.revocable({}, {}); revoke();
    analytics.track('Revoked', { proxy });
    analytics.track(undefined, null); analytics.identify(null); analytics.page(null); analytics.group();
    analytics.alias(); analytics.wallet(); analytics.consent();
    analytics.onDrop(() => { throw new Error('listener'); });
}"""


def test_whatever_a_page_hands_over_is_stored_and_nothing_is_thrown(visit: Visit) -> None:
    errors: list[str] = []
    visit.context.on("weberror", lambda error: errors.append(str(error.error)))
    page = visit.open("/")

    page.evaluate(HOSTILE)
    settled(page)
    rows = visit.stored(6)  # a group and an alias without an id are refused by the collector

    assert errors == []
    by_name = {str(row["event_name"]): json.loads(row["properties"] or "{}") for row in rows}
    hostile = by_name["Hostile"]
    assert hostile["wei"] == "123456789012345678901234567890"
    assert hostile["loop"] == {"name": "loop", "self": "[circular]"}
    assert hostile["thrower"] == {"bad": "[unreadable]", "good": 1}
    assert (hostile["node"], hostile["view"]) == ("<BODY>", "[window]")
    assert (hostile["list"], hostile["map"], hostile["when"]) == (["1", 2], {"a": 1}, "1970-01-01T00:00:00.000Z")
    assert hostile["error"] == {"name": "Error", "message": "why"}
    assert "fn" not in hostile
    assert len(json.dumps(by_name["Huge"])) < 40_000
    assert by_name["Revoked"] == {"proxy": "[unreadable]"}
    assert {row["user_id"] for row in rows} == {None}
    huge = next(row for row in rows if row["event_name"] == "Huge")
    assert json.loads(huge["context"])["truncated"] is True


def test_engagement_is_time_in_view_and_depth(visit: Visit) -> None:
    page = visit.open("/", body='<div style="height:5000px">long</div>', engagement="on")
    page.evaluate("scrollTo(0, 1e6)")
    page.wait_for_function("scrollY > 4000")
    page.evaluate("new Promise((done) => setTimeout(done, 1050))")
    page.goto("about:blank")

    rows = visit.stored(2)

    engaged = json.loads(next(row for row in rows if row["event_name"] == "page_engagement")["properties"])
    assert engaged["scroll_percent"] == 100
    assert engaged["engagement_ms"] >= 1000


def test_wallets_are_told_once_and_their_address_is_on_no_other_event(visit: Visit) -> None:
    page = visit.open("/")
    address = "0x52908400098527886E0F7030069857D2E4169EE7"
    page.evaluate(f"analytics.wallet('{address}', 1, {{ecosystem: 'evm', provider: 'MetaMask'}})")
    page.evaluate(f"analytics.wallet('{address}', 1, {{ecosystem: 'evm', provider: 'MetaMask'}})")
    page.evaluate("analytics.track('Swap')")
    page.evaluate("analytics.wallet(null)")
    settled(page)

    rows = visit.stored(4)
    wallets = [json.loads(row["traits"])["wallet"] for row in rows if row["type"] == "identify"]
    assert sorted((wallet["address"], wallet["connected"]) for wallet in wallets) == [(address, False), (address, True)]
    swap = json.loads(next(row for row in rows if row["event_name"] == "Swap")["context"])
    assert swap["wallet"] == {"chain": 1, "ecosystem": "evm", "provider": "MetaMask"}


RULES = '{"prerender": [{"source": "list", "urls": ["/next"], "eagerness": "immediate"}]}'
WHEN_UP = """addEventListener('storage', async ({ key }) => {
    if (key !== 'isUp') return;
    analytics.track('Leaving');
    await analytics.flush();
    location.href = '/next';
});"""
EARLY = """analytics.track('Early', { isPrerendered: !!document.prerendering });
analytics.flush().then(() => (localStorage.isUp = 1));"""


def test_prerendered_page_counts_when_it_is_shown(visit: Visit, tmp_path: Path) -> None:
    visit.site.add("/", f'<script type="speculationrules">{RULES}</script>{visit.script()}', script(WHEN_UP))
    visit.site.add("/next", visit.script(), script(EARLY))

    with undriven_chromium(visit.site.url("/"), tmp_path):  # a driven one prerenders nothing
        rows = visit.stored(4)

    assert sorted(names(rows)) == ["Early", "Leaving", "page", "page"]
    early = next(row for row in rows if row["event_name"] == "Early")
    assert json.loads(early["properties"]) == {"isPrerendered": True}
    sent = [event.get("event") for post in visit.site.posts for event in post.events]
    assert sent.index("Leaving") < sent.index("Early")
    assert len({row["device_id"] for row in rows}) == 1


def script(code: str) -> str:
    """Return an inline script."""
    return f"<script>{code}</script>"


def test_device_id_is_one_on_all_subdomains_of_a_site(chromium: Browser, tmp_path: Path) -> None:
    port = free_port()
    shop, app = f"http://shop.site.test:{port}", f"http://app.site.test:{port}"
    settings = {"TRACKING_ALLOWED_ORIGINS": f"{shop},{app}", "TRACKING_COOKIE_DOMAIN": "site.test"}
    tag = f'<script src="http://t.site.test:{port}/m.js" data-write-key="demo" data-credentials="include"></script>'
    with running_collector(tmp_path, **settings) as collector, running_site(collector, port) as site:
        site.add("/", f'<link rel="icon" href="data:,">{tag}')
        context = chromium.new_context()
        for number, origin in enumerate((shop, app, shop), start=1):
            page = context.new_page()
            page.goto(f"{origin}/")
            settled(page)
            rows = wait_for_rows(site, "default", number)
        context.close()

    assert [row["origin"] for row in rows] == [shop, app, shop]
    assert [row["device_is_new"] for row in rows] == [True, False, False]
    assert len({row["device_id"] for row in rows}) == 1
    assert rows[0]["anonymous_id"] == rows[2]["anonymous_id"] != rows[1]["anonymous_id"]
    assert site.methods == []


def test_click_on_a_link_is_stored_although_the_page_is_gone_at_once(visit: Visit) -> None:
    visit.site.add("/next", visit.script())
    page = visit.open("/", body='<a id="go" href="/next" data-track="Go">next</a>')

    page.click("#go")
    page.wait_for_url("**/next")
    settled(page)

    rows = visit.stored(3)
    assert sorted(names(rows)) == ["Go", "page", "page"]
    assert sorted(tab_of(row)["seq"] for row in rows) == [1, 2, 3]
    assert len({tab_of(row)["id"] for row in rows}) == 1


def test_clicks_in_a_shadow_root_count_and_right_clicks_do_not(visit: Visit) -> None:
    host = (
        '<div id="host"></div><script>document.getElementById("host").attachShadow({mode: "open"}).innerHTML ='
        "'<button data-track=\"Shadow\">x</button>';</script>"
    )
    page = visit.open("/", body=host, pages="off")

    page.click("button", button="right")
    page.click("button", button="middle")
    page.click("button")

    assert names(visit.stored(2)) == ["Shadow", "Shadow"]


def test_debug_prints_each_events_fate_with_the_reason(visit: Visit) -> None:
    said: list[str] = []
    visit.context.on("console", lambda message: said.append(message.text))
    page = visit.open("/", pages="off", debug="")

    with page.expect_console_message(lambda message: "dropped" in message.text):
        page.evaluate("analytics.track('Good'); analytics.track(' ')")

    stages = [text.split()[1] for text in said if text.startswith("[tracker]")]
    assert stages == ["queued", "queued", "sent", "sent", "stored", "dropped"]
    assert "missing_event_name" in said[-1]
