"""How long one `track()` keeps the page's main thread, in a real Chromium with its CPU throttled 4 times.

`python -m bench.track_call` prints the median of single calls, the 10th percentile (nearest to what an idle machine
would show) and the 95th, with an empty queue and with 500 events waiting (offline): of the call itself (`track`), of
the call and what it leaves to the end of the page's task (`task`: the event is written there), and of what no
persistent queue can do without, one `localStorage.setItem` of an event's size (`floor`). They take turns call by call,
so that a busy machine slows all of them. The page is cross-origin isolated: its clock ticks in 5 us.
"""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.chromium import running_chromium
from tests.browser.site import running_site
from tests.support import running_collector

ISOLATED = {"Cross_Origin_Opener_Policy": "same-origin", "Cross_Origin_Embedder_Policy": "require-corp"}
SCRIPT = '<link rel="icon" href="data:,"><script src="/m.js" data-write-key="demo"></script>'
CALLS = """async (count) => {
    const properties = (n) => ({
        n, route_id: '0x9f2c41', from_chain_id: 1, to_chain_id: 42161, from_token_symbol: 'ETH',
        to_token_symbol: 'USDC', from_amount: '1500000000000000000', from_amount_usd: '4410.12',
        tools: ['across', 'stargate'], gas: { usd: '1.2' },
    });
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


def report(page: Page, what: str, count: int) -> None:
    """Time calls, and print what a page would feel."""
    lists: dict[str, list[float]] = page.evaluate(CALLS, count)
    for name, took in lists.items():
        p10, median, p95 = (took[int(len(took) * share)] for share in (0.1, 0.5, 0.95))
        print(
            f"{what:21} {name:6} {len(took)} calls: median {median:.3f} ms, 10th percentile {p10:.3f}, 95th {p95:.3f}"
        )


def main() -> None:
    """Run a collector, a site and a browser, and print both tables."""
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
        page = browser.new_page()
        page.goto(site.url("/"))
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": given.throttle})
        print(f"CPU throttled {given.throttle} times, cross-origin isolated: {page.evaluate('crossOriginIsolated')}")
        report(page, "queue nearly empty", given.calls)
        page.context.set_offline(True)
        page.evaluate("for (let n = 0; n < 500; n += 1) analytics.track('waits', { n })")
        report(page, "500 and more waiting", given.calls // 2)


if __name__ == "__main__":
    main()
