"""How long one `track()` keeps the page's main thread, in a real Chromium with its CPU throttled 4 times.

`python -m bench.track_call` prints the median of single calls, the 10th percentile (nearest to what an idle machine
would show) and the 95th, with a nearly empty queue and with 500 events waiting (offline): of the call itself (`track`),
of the call and what it leaves to the end of the page's task (`task`: the event is written there), and of what no
persistent queue can do without, one `localStorage.setItem` of an event's size (`floor`). They take turns call by call,
so that a busy machine slows all of them. The page is cross-origin isolated: its clock ticks in 5 us. A page's first
calls run code that no compiler has seen yet; they have a line of their own.

Chromium throttles by stopping the thread for some 0.7 ms at a time: a call is either not stopped or 0.7 ms longer, and
the median jumps where half of the calls are. The 10th percentile and the CPU time do not.

Then the same as CPU time of the page's main thread (Chromium's own count, under the same throttling), which waits for
no other program: means of 150 calls, the median of nine rounds, and an empty loop (`loop`) as part of each.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.chromium import running_chromium
from tests.browser.site import Site, running_site
from tests.support import running_collector

ISOLATED = {"Cross_Origin_Opener_Policy": "same-origin", "Cross_Origin_Embedder_Policy": "require-corp"}
SCRIPT = '<link rel="icon" href="data:,"><script src="/m.js" data-write-key="demo"></script>'
PROPERTIES = """window.properties = (n) => ({
    n, route_id: '0x9f2c41', from_chain_id: 1, to_chain_id: 42161, from_token_symbol: 'ETH',
    to_token_symbol: 'USDC', from_amount: '1500000000000000000', from_amount_usd: '4410.12',
    tools: ['across', 'stargate'], gas: { usd: '1.2' },
});"""
CALLS = """async (count) => {
    const text = 'x'.repeat(900);
    const took = { track: [], task: [], floor: [] };
    const pause = () => new Promise((done) => setTimeout(done, 2));
    for (let n = 0; n < count; n += 1) {
        const given = properties(n);
        let began = performance.now();
        analytics.track('bench_call', given);
        const called = performance.now();
        await null; // what the call left to the end of the task runs before this goes on
        took.track.push(called - began);
        took.task.push(performance.now() - began);
        await pause();
        began = performance.now();
        localStorage.setItem(`floor${n % 50}`, text);
        took.floor.push(performance.now() - began);
        await pause();
    }
    for (const list of Object.values(took)) list.sort((a, b) => a - b);
    return took;
}"""


BURST, ROUNDS = 150, 9
HELD = "window.held = []; void (window.queueMicrotask = (work) => held.push(work));"  # so that writes are counted apart
BURSTS = {
    "loop": "properties(n)",
    "track": "analytics.track('bench_call', properties(n))",
    "write": "held[n]()",
    "floor": "localStorage.setItem(`floor${n % 50}`, 'x'.repeat(900))",
}


def report(page: Page, what: str, count: int) -> None:
    """Time calls, and print what a page would feel."""
    lists: dict[str, list[float]] = page.evaluate(CALLS, count)
    for name, took in lists.items():
        p10, median, p95 = (took[int(len(took) * share)] for share in (0.1, 0.5, 0.95))
        print(
            f"{what:21} {name:6} {len(took)} calls: median {median:.3f} ms, 10th percentile {p10:.3f}, 95th {p95:.3f}"
        )


def report_cpu(page: Page, session: CDPSession) -> None:
    """Count the CPU time of bursts of calls, and print it per call."""
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.evaluate(HELD)

    def thread_ms() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(float(metric["value"]) * 1_000 for metric in metrics if metric["name"] == "ThreadTime")

    spent: dict[str, list[float]] = {name: [] for name in BURSTS}
    for _ in range(ROUNDS):
        for name, call in BURSTS.items():
            before = thread_ms()
            page.evaluate(f"for (let n = 0; n < {BURST}; n += 1) {call};")
            spent[name].append((thread_ms() - before) / BURST)
        page.evaluate("held = []; analytics.flush()")
    for name, each in spent.items():
        print(f"CPU time of the page  {name:6} {statistics.median(each):.3f} ms a call")


def opened(browser: Browser, site: Site, throttle: float) -> tuple[Page, CDPSession]:
    """Open the page in a browser of its own, slowed down."""
    page = browser.new_context().new_page()
    page.goto(site.url("/"))
    page.evaluate(PROPERTIES)
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": throttle})
    return page, session


def main() -> None:
    """Run a collector, a site and a browser, and print what calls take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--throttle", type=float, default=4)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_collector(Path(folder)) as collector,
        running_site(collector) as site,
        running_chromium() as browser,
    ):
        site.add("/", SCRIPT, "", **ISOLATED)
        page, _ = opened(browser, site, given.throttle)
        print(f"CPU throttled {given.throttle} times, cross-origin isolated: {page.evaluate('crossOriginIsolated')}")
        report(page, "a page's first calls", given.calls // 2)
        report(page, "queue nearly empty", given.calls)
        page.context.set_offline(True)
        page.evaluate("for (let n = 0; n < 500; n += 1) analytics.track('waits', { n })")
        report(page, "500 and more waiting", given.calls // 2)
        page.context.close()
        report_cpu(*opened(browser, site, given.throttle))


if __name__ == "__main__":
    main()
