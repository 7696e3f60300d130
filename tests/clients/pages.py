"""Pages of a shop with an unmodified browser SDK on them, in a real Chromium, another site than the collector's."""

import contextlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Page

MODULES = Path(__file__).parent / "node" / "node_modules"
SCRIPTS = {
    "@segment/analytics-next": "dist/umd/index.js",
    "@rudderstack/analytics-js": "dist/npm/modern/bundled/umd/index.js",
}
SEGMENT = """([key, url]) => {
    window.sdk = AnalyticsNext.AnalyticsBrowser.load({writeKey: key, cdnURL: url}, OPTIONS);
}"""
RUDDERSTACK = """([key, url]) => {
    window.sdk = new rudderanalytics.RudderAnalytics();
    window.sdk.load(key, url, {configUrl: url, ...OPTIONS});
}"""
# The snippet as it stands on a site: calls wait in an array until the script has come.
SNIPPET = """([key, url]) => {
    const calls = window.analytics = [];
    Object.defineProperty(window, "sdk", {get: () => window.analytics}); // the script puts itself in its place
    calls._writeKey = key;
    calls._cdn = url;
    for (const call of ["track", "page", "identify"]) calls[call] = (...args) => calls.push([call, ...args]);
    const script = document.createElement("script");
    script.src = "/@segment/analytics-next/dist/umd/standalone.js";
    document.head.append(script);
}"""
BATCHING = '{integrations: {"Segment.io": {deliveryStrategy: {strategy: "batching", config: {size: 3}}}}}'
# Start the SDK as its own documentation says, with the collector's URL, in each of its ways of sending.
STARTS = {
    "@segment/analytics-next": SEGMENT.replace("OPTIONS", "{}"),
    "@segment/analytics-next, batching": SEGMENT.replace("OPTIONS", BATCHING),
    "@segment/analytics-next, snippet": SNIPPET,
    "@rudderstack/analytics-js": RUDDERSTACK.replace("OPTIONS", "{}"),
    "@rudderstack/analytics-js, useBeacon": RUDDERSTACK.replace("OPTIONS", "{useBeacon: true}"),
}
CALLS = """() => {
    sdk.track("Swap", {amount: "1234567890123456789"});
    sdk.page("Gas");
    sdk.identify("u", {plan: "free"});
}"""


@contextlib.contextmanager
def shop() -> Iterator[str]:
    """Serve the SDKs' packages until the block ends; the URL's site is not the collector's."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(MODULES))) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        yield f"http://shop.site.test:{server.server_port}"
        server.shutdown()


def visit(browser: Browser, shop_url: str, sdk: str, key: str, collector_url: str) -> Page:
    """Open a page in a profile of its own, start the SDK and make the calls. Its clock can be moved on."""
    package = sdk.partition(",")[0]
    page = browser.new_context().new_page()
    page.clock.install()
    page.goto(f"{shop_url}/{package}/package.json")
    page.add_script_tag(url=f"{shop_url}/{package}/{SCRIPTS[package]}")
    page.evaluate(STARTS[sdk], [key, collector_url])
    page.evaluate(CALLS)
    return page


def pass_an_hour(page: Page) -> None:
    """Let time pass in the page, so that whatever it still means to send is on its way."""
    for _ in range(2):
        page.clock.fast_forward("30:00")
        page.evaluate("url => fetch(url)", page.url)


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
