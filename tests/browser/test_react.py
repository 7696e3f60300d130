"""The React side in a real Chromium: StrictMode mounts twice, events and page views come once."""

import json
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.browser.events import names
from tests.support import wait_until

pytestmark = pytest.mark.slow

TRACKER = Path(__file__).parents[2] / "ingest_api" / "tracker"
APP = """
import { createElement as h, StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { TrackerProvider, useTracker } from 'server-side-tracking/react';

const Swap = () => {
  const { collectEvent } = useTracker();
  const [clicks, setClicks] = useState(0);
  useEffect(() => { if (clicks) collectEvent({ name: 'Clicks', params: { clicks } }); }, [clicks, collectEvent]);
  return h('button', { onClick: () => setClicks(clicks + 1) }, 'Swap');
};
const root = createRoot(document.getElementById('root'));
const provider = () => h(TrackerProvider, { writeKey: KEY }, h(Swap));
root.render(h(StrictMode, null, provider()));
window.unmount = () => root.unmount();
"""


BUNDLE = """
import { build } from 'esbuild';
let contents = '';
for await (const chunk of process.stdin) contents += chunk;
const define = { 'process.env.NODE_ENV': '"development"' };
const stdin = { contents, resolveDir: process.cwd() };
const { outputFiles } = await build({ stdin, bundle: true, format: 'iife', define, write: false });
process.stdout.write(outputFiles[0].text);
"""


@pytest.fixture(scope="module")
def bundle() -> str:
    """The app as a site would bundle it, in React's development build: StrictMode does nothing in the other."""
    command = ["node", "--input-type=module", "-e", BUNDLE]
    done = subprocess.run(command, cwd=TRACKER, input=APP, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def page(visit: Visit, bundle: str) -> Page:
    """The app, open."""
    code = f"const KEY = 'key-{visit.number}';\n{bundle}"
    visit.site.pages["/app.js"] = (code, {"Content-Type": "text/javascript"})
    visit.site.add("/", '<link rel="icon" href="data:,">', '<div id="root"></div><script src="/app.js"></script>')
    return visit.open("/")


def test_strict_mode_counts_each_event_and_the_page_once(visit: Visit, page: Page) -> None:
    page.click("button")
    page.click("button")
    wait_until(lambda: sum(len(post.events) for post in visit.site.posts) >= 3)

    rows = visit.stored(3)

    assert sorted(names(rows)) == ["Clicks", "Clicks", "page"]
    assert sorted(json.loads(row["properties"])["clicks"] for row in rows if row["type"] == "track") == [1, 2]


def test_unmount_restores_the_page_and_sends_what_was_queued(visit: Visit, page: Page) -> None:
    assert not page.evaluate("history.pushState === History.prototype.pushState")
    page.click("button")

    page.evaluate("unmount()")
    page.wait_for_function("history.pushState === History.prototype.pushState")

    assert sorted(names(visit.stored(2))) == ["Clicks", "page"]
