"""What people do: visits as walks through a Markov chain of acts, from a landing page to a swap and its retries.

A visit's events are at most 30 minutes apart, exactly 30 included; the next visit of the same client begins later than
30 minutes after. So a visit is a session by construction, whatever SQL thinks.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.swapsite.people import Browser, households

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
IDLE_US = 1800 * SECOND_US
START_US = 1_795_564_800_000_000  # 2026-11-25 00:00 UTC
MAX_ACTS = 60

PAGES = ("/", "/exchange", "/gas", "/buy", "/portfolio", "/learn/bridges")
PAIRS = (
    (1, "ETH", 8453, "USDC"),
    (1, "USDC", 42161, "USDC"),
    (42161, "ETH", 10, "ETH"),
    (8453, "USDC", 1, "WBTC"),
    (1151111081099710, "SOL", 1, "ETH"),
    (137, "POL", 137, "USDT"),
)
# code and class as the widget sends them, and the class that the swap must have
FAILURES = (
    ("1012", None, "rejected"),
    ("1002", "slippage", "slippage"),
    ("1005", "balance", "balance"),
    ("1000", None, "unknown"),
)


class Landing(NamedTuple):
    """How a visit comes in, and the source, medium, campaign and channel that this is."""

    query: str
    referrer: str
    source: str
    medium: str
    campaign: str | None
    channel: str


LANDINGS = (
    Landing("", "", "(direct)", "(none)", None, "Direct"),
    Landing("", "https://www.google.com/", "google.com", "organic", None, "Organic Search"),
    Landing("?utm_source=newsletter&utm_medium=email&utm_campaign=autumn", "",
            "newsletter", "email", "autumn", "Email"),
    Landing("?gclid=abc", "https://www.google.com/", "google", "cpc", None, "Paid Search"),
    Landing("", "https://x.com/", "x.com", "referral", None, "Organic Social"),
    Landing("", "https://blog.example/post", "blog.example", "referral", None, "Referral"),
    Landing("?utm_source=partner&utm_medium=affiliate&utm_campaign=launch", "https://partner.example/",
            "partner", "affiliate", "launch", "Affiliates"),
)  # fmt: skip
LANDING_WEIGHTS = (40, 20, 10, 8, 8, 6, 8)

LEAVE = "leave"
# act → what may follow, with weights
CHAIN: dict[str, dict[str, int]] = {
    "page": {"page": 30, "tokens": 25, "connect": 10, "login": 6, LEAVE: 29},
    "login": {"page": 50, "tokens": 40, LEAVE: 10},
    "connect": {"tokens": 70, "page": 20, LEAVE: 10},
    "tokens": {"tokens": 20, "routes": 60, LEAVE: 20},
    "routes": {"select": 50, "tokens": 30, LEAVE: 20},
    "select": {"start": 60, "tokens": 20, LEAVE: 20},
    "start": {"update": 80, "fail": 15, LEAVE: 5},
    "update": {"update": 40, "complete": 40, "fail": 12, LEAVE: 8},
    "fail": {"start": 50, "tokens": 10, LEAVE: 40},
    "complete": {"tokens": 30, "page": 20, LEAVE: 50},
}
_NEXT = {act: (list(after), list(itertools.accumulate(after.values()))) for act, after in CHAIN.items()}


@dataclass(slots=True)
class Route:
    """One route that was reviewed; ``attempts`` counts its executions."""

    number: int
    pair: int
    usd_micro: int  # millionths of a dollar
    attempts: int = 0

    @property
    def base_units(self) -> int:
        """Amount given: more digits than a double holds."""
        return self.usd_micro * 10**12 + self.number


class Event(NamedTuple):
    """One act: when, on which page, as whom; its route, and what else matters to it."""

    at_us: int
    act: str
    page: int
    user_id: str | None
    is_new_device: bool
    route: Route | None = None
    attempt: int = 0
    detail: int = 0  # fail: index of FAILURES; tokens: 1 an unknown parameter, 2 a wrong type; connect: which wallet


@dataclass(slots=True)
class Visit:
    """One visit of one browser: never without an event."""

    number: int
    browser: Browser
    landing: Landing
    events: list[Event] = field(default_factory=list)


def visits(seed: int, people: int, days: int) -> Iterator[Visit]:
    """Yield all visits of a site with so many households, client by client; no visit begins after the last day."""
    dice = random.Random(seed)
    numbers, routes = itertools.count(), itertools.count()
    for browsers in households(dice, people):
        for browser in browsers:
            yield from _visits_of(dice, browser, days, numbers, routes)


def _visits_of(
    dice: random.Random, browser: Browser, days: int, numbers: Iterator[int], routes: Iterator[int]
) -> Iterator[Visit]:
    at_us = START_US + int(dice.random() * days * DAY_US)
    walk = _Walk(dice, browser, routes)
    while at_us < START_US + days * DAY_US:
        visit = Visit(next(numbers), browser, dice.choices(LANDINGS, LANDING_WEIGHTS)[0])
        visit.events = walk.visit(at_us)
        yield visit
        if dice.random() < 0.25:
            return
        at_us = visit.events[-1].at_us + IDLE_US + 1 + int(dice.expovariate(2 / days) * DAY_US)


class _Walk:
    """The visits of one browser in turn: what it remembers between acts, and between visits."""

    def __init__(self, dice: random.Random, browser: Browser, routes: Iterator[int]) -> None:
        self._dice = dice
        self._browser = browser
        self._routes = routes
        self._route: Route | None = None
        self._page = 0
        self._at_us = 0
        self._is_running = False  # the route of an earlier visit is still under way

    def visit(self, at_us: int) -> list[Event]:
        """Walk until the visitor leaves."""
        self._at_us = at_us
        if self._browser.kind == "user":
            return [Event(at_us, "server", 0, self._browser.user_id, False)]
        self._page = self._dice.choices(range(len(PAGES)), (40, 30, 5, 5, 10, 10))[0]
        events = [self._event("page")]
        act = "update" if self._is_running and self._dice.random() < 0.5 else self._after("page")
        while act != LEAVE and len(events) < MAX_ACTS:
            self._at_us += self._pause()
            events.append(self._do(act))
            act = self._after(events[-1].act)
        return events

    def _after(self, act: str) -> str:
        names, weights = _NEXT[act]
        return self._dice.choices(names, cum_weights=weights)[0]

    def _pause(self) -> int:
        """Return microseconds to the next act: mostly seconds, at times up to exactly half an hour."""
        if self._dice.random() < 0.03:
            return self._dice.choice((IDLE_US, self._dice.randrange(60 * SECOND_US, IDLE_US)))
        return self._dice.randrange(200_000, 20 * SECOND_US)

    def _do(self, act: str) -> Event:
        if act == "login" and self._browser.accounts:
            self._browser.user_id = self._dice.choice(self._browser.accounts)
            return self._event("login")
        if act == "connect" and self._browser.wallets:
            return self._event("connect", detail=self._dice.randrange(len(self._browser.wallets)))
        if act in ("login", "connect", "page"):
            self._page = self._dice.randrange(len(PAGES))
            return self._event("page")
        if act == "tokens":
            return self._event("tokens", detail=self._dice.choices((0, 1, 2), (96, 3, 1))[0])
        return self._routed(act)

    def _routed(self, act: str) -> Event:
        """Do an act that has to do with a route."""
        if act in ("routes", "select"):
            self._is_running = False
            self._route = Route(next(self._routes), self._dice.randrange(len(PAIRS)), self._usd_micro())
        assert self._route is not None
        if act == "start":
            self._route.attempts += 1
        self._is_running = act in ("start", "update")
        detail = self._dice.randrange(len(FAILURES)) if act == "fail" else 0
        return self._event(act, route=self._route, attempt=self._route.attempts, detail=detail)

    def _usd_micro(self) -> int:
        return int(self._dice.lognormvariate(5, 1.5) * 1e6) + 1

    def _event(self, act: str, route: Route | None = None, attempt: int = 0, detail: int = 0) -> Event:
        is_new = not (self._browser.keeps_cookie and self._browser.was_seen)
        self._browser.was_seen = True
        return Event(self._at_us, act, self._page, self._browser.user_id, is_new, route, attempt, detail)
