"""Visits as they come to a site: with and without consent, cookies, Google's cookie and a content blocker.

Real Chromium, three of them: a usual one, one that refuses cookies and storage, one with AdGuard's rules. Each visit is
a host of its own, so that visits share nothing, two pages, three events; what is stored is compared with what its
consent allows. Made for ``bench/visits.py``, which makes 1,000.
"""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.blockers.lists import blocking_chromium
from tests.browser.chromium import cookieless_chromium
from tests.browser.site import Site, rows_of
from tests.support import wait_until

BROWSERS = ("usual", "cookies refused", "content blocker")
CONSENTS = {  # what the visitor says on the first page, and how many of three events may be kept then
    "not asked": ("", 3),
    "granted": ("granted", 3),
    "analytics only": ("analytics", 3),
    "denied, then granted": ("denied granted", 2),
    "denied": ("denied", 0),
}
GOOGLE = ("no _ga", "_ga from the start", "_ga after the first event")
COOKIES = ("kept", "cleared after the first page")
ALL_KINDS = len(BROWSERS) * len(CONSENTS) * len(GOOGLE) * len(COOKIES)
STRIDE = 7  # no divisor of their number, so a few visits already mix all of them

PAGES = ("/", "/two")
SAY = """(said) => said.split(' ').filter(Boolean).forEach((word) => {
    analytics.consent(word === 'analytics' ? { analytics: true, advertising: false } : word);
})"""
TRACK = "([visit, name]) => { analytics.track(name, { visit }); }"
SEND = "analytics.flush()"
LOADED = "() => window.analytics?.flush"
GA = "GA1.1.1234567890.1700000000"


@dataclass(frozen=True)
class Visit:
    """One visit: its number says what kind it is."""

    number: int

    @property
    def browser(self) -> str:
        """Which of the three browsers."""
        return BROWSERS[self._kind % len(BROWSERS)]

    @property
    def consent(self) -> str:
        """What the visitor says."""
        return list(CONSENTS)[self._kind // len(BROWSERS) % len(CONSENTS)]

    @property
    def google(self) -> str:
        """When Google's cookie is there."""
        return GOOGLE[self._kind // (len(BROWSERS) * len(CONSENTS)) % len(GOOGLE)]

    @property
    def cookies(self) -> str:
        """What becomes of the site's cookies between two pages."""
        return COOKIES[self._kind * len(COOKIES) // ALL_KINDS]

    @property
    def allowed(self) -> int:
        """How many of its three events its consent lets be kept."""
        return CONSENTS[self.consent][1]

    @property
    def host(self) -> str:
        """A host, and site, of its own."""
        return f"v{self.number}.test"

    @property
    def _kind(self) -> int:
        return self.number * STRIDE % ALL_KINDS


@contextlib.contextmanager
def browsers(usual: Browser, room: Path) -> Iterator[dict[str, BrowserContext]]:
    """Run the three browsers until the block ends."""
    for name in ("refusing", "blocking"):
        (room / name).mkdir()
    with (
        cookieless_chromium(usual.browser_type, room / "refusing") as refusing,
        blocking_chromium(usual.browser_type, room / "blocking") as blocking,
    ):
        context = usual.new_context()
        yield dict(zip(BROWSERS, (context, refusing, blocking), strict=True))
        context.close()


def prepare(site: Site) -> None:
    """Give the site its pages: with a consent banner, and without."""
    for path in PAGES:
        site.add(path, _tag(""))
        site.add(f"/ask{path}", _tag(' data-consent="required"'))


def _tag(more: str) -> str:
    return f'<link rel="icon" href="data:,"><script src="/m.js" data-write-key="demo" data-pages="off"{more}></script>'


def carry_out(visit: Visit, page: Page, site: Site) -> None:
    """Visit two pages; the visitor's consent tool says on the second what was said on the first."""
    said = CONSENTS[visit.consent][0]
    start = site.url("/ask/" if said else "/", visit.host)
    if visit.google == GOOGLE[1]:
        page.context.add_cookies([{"name": "_ga", "value": GA, "url": start}])
    page.goto(start)
    denials, _, grants = said.rpartition(" ")
    page.evaluate(SAY, denials)
    page.evaluate(TRACK, [visit.number, "First"])
    page.evaluate(SAY, grants)
    if visit.google == GOOGLE[2]:
        page.evaluate(f"document.cookie = '_ga={GA}; Max-Age=3600'")
    page.evaluate(TRACK, [visit.number, "Second"])
    page.evaluate(SEND)
    if visit.cookies == COOKIES[1]:
        page.context.clear_cookies()
    page.goto(site.url("/ask/two" if said else "/two", visit.host))
    page.evaluate(SAY, grants)
    page.evaluate(TRACK, [visit.number, "Third"])
    page.evaluate(SEND)


def simulate(visits: list[Visit], contexts: dict[str, BrowserContext], site: Site) -> list[dict[str, Any]]:
    """Carry out visits, one after another, and return every stored row once all that may come has come."""
    prepare(site)
    pages = {name: context.new_page() for name, context in contexts.items()}
    for visit in visits:
        carry_out(visit, pages[visit.browser], site)
    rows: list[dict[str, Any]] = []

    def all_came() -> bool:
        rows[:] = rows_of(site.collector.data_dir, "default")
        return len(rows) >= sum(visit.allowed for visit in visits)

    wait_until(all_came, 120, "every event that consent allows")
    return rows


@dataclass(frozen=True)
class Count:
    """What became of the events of one group of visits."""

    visits: int
    expected: int
    stored: int
    with_device_id: int
    one_device: int  # visits whose events all carry one device id

    @property
    def is_whole(self) -> bool:
        """Tell whether each event came once, with a device id."""
        return self.expected == self.stored == self.with_device_id


def count(visits: list[Visit], rows: list[dict[str, Any]]) -> Count:
    """Count these visits' rows."""
    by_visit: dict[int, list[dict[str, Any]]] = {visit.number: [] for visit in visits}
    for row in rows:
        by_visit.get(visit_of(row), []).append(row)
    mine = [row for found in by_visit.values() for row in found]
    devices = Counter(len({row["device_id"] for row in found}) for found in by_visit.values())
    return Count(
        visits=len(visits),
        expected=sum(visit.allowed for visit in visits),
        stored=len(mine),
        with_device_id=sum(row["device_id"] is not None for row in mine),
        one_device=devices[1],
    )


def visit_of(row: dict[str, Any]) -> int:
    """Return the number of the visit that an event is of."""
    number: int = json.loads(row["properties"])["visit"]
    return number
