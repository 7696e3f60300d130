"""What the browser tests of a run share: one collector, and for each test a site and a source of its own."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.jumper import USER_AGENT, Demo, Visitor, running_demo
from tests.browser.site import Site, rows_of, running_site, wait_for_rows
from tests.support import RunningCollector, running_collector

SOURCES = 500  # one a visit: there are more of these than visits
_numbers = itertools.count()


@pytest.fixture(scope="session")
def shared_collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    keys = ",".join(f"s{number}:key-{number}" for number in range(SOURCES))
    with running_collector(tmp_path_factory.mktemp("browser"), TRACKING_WRITE_KEYS=keys) as running:
        yield running


@pytest.fixture
def site(shared_collector: RunningCollector) -> Iterator[Site]:
    with running_site(shared_collector) as running:
        yield running


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("jumper")) as running:
        yield running


@pytest.fixture
def visitor(chromium: Browser, demo: Demo) -> Iterator[Visitor]:
    """Somebody at the demo, on a wide page."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900}, user_agent=USER_AGENT)
    yield Visitor(demo, context)
    context.close()


@dataclass
class Visit:
    """One visitor: a browser context on a site, whose events carry a source of their own."""

    context: BrowserContext
    site: Site
    number: int

    def script(self, **data: str) -> str:
        """The script tag, with a test's further attributes."""
        more = "".join(f' data-{name.replace("_", "-")}="{value}"' for name, value in data.items())
        return f'<link rel="icon" href="data:,"><script src="/m.js" data-write-key="key-{self.number}"{more}></script>'

    def open(self, path: str = "/", host: str = "localhost", body: str = "", **data: str) -> Page:
        """Serve a page with the script, and open it in a new tab."""
        if path not in self.site.pages:
            self.site.add(path, self.script(**data), body)
        page = self.context.new_page()
        page.goto(self.site.url(path, host))
        return page

    def stored(self, messages: int) -> list[dict[str, Any]]:
        """Wait until so many different events are stored; return every row, copies too."""
        return wait_for_rows(self.site, f"s{self.number}", messages)

    def stored_now(self) -> list[dict[str, Any]]:
        """Return every row that is stored."""
        return rows_of(self.site.collector.data_dir, f"s{self.number}")


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Visit]:
    context = chromium.new_context()
    yield Visit(context, site, next(_numbers))
    context.close()
