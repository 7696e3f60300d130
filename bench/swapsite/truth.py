"""What the marts must say of some visits, counted in Python from how the visits were made: no SQL, no window function.

The rules are those of docs/metrics.md, written down a second time; that a visit is a session and a browser a client is
known from the model. Bots and their visits are left out, as they are in the marts.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from bench.swapsite.people import AGENTS, Browser
from bench.swapsite.visits import DAY_US, FAILURES, IDLE_US, PAGES, SECOND_US, Event, Route, Visit

EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  # the lake's instants have no zone: UTC
Client = tuple[str, str]


def instant(at_us: int) -> dt.datetime:
    """Return the instant as the lake holds it."""
    return EPOCH + dt.timedelta(microseconds=at_us)


def usd(micro: int) -> Decimal:
    """Return dollars."""
    return Decimal(micro) / 10**6


@dataclass(frozen=True, slots=True)
class Session:
    """A visit as `sessions` must show it."""

    visit: Visit

    @property
    def client(self) -> Client:
        """Whose it is."""
        return self.visit.browser.kind, self.visit.browser.client

    @property
    def started_at(self) -> dt.datetime:
        """First event."""
        return instant(self.visit.events[0].at_us)

    @property
    def ended_at(self) -> dt.datetime:
        """Last event."""
        return instant(self.visit.events[-1].at_us)

    @property
    def is_engaged(self) -> bool:
        """Ten seconds, two pages or a completed swap."""
        lasted = self.visit.events[-1].at_us - self.visit.events[0].at_us
        return lasted >= 10 * SECOND_US or self.count("page") >= 2 or self.count("complete") > 0

    @property
    def entry_path(self) -> str | None:
        """First page."""
        return PAGES[self.visit.events[0].page] if self.client[0] == "anonymous" else None

    @property
    def device_type(self) -> str | None:
        """From the user agent."""
        return AGENTS[self.visit.browser.agent][1] if self.client[0] == "anonymous" else None

    @property
    def user_id(self) -> str | None:
        """Who was logged in at the end: nobody logs out."""
        return self.visit.events[-1].user_id

    def count(self, act: str) -> int:
        """Return how often an act was done."""
        return sum(event.act == act for event in self.visit.events)


@dataclass(slots=True)
class Swap:
    """One executed route as `swaps` must show it."""

    route: Route
    client: Client
    events: list[Event] = field(default_factory=list)
    tokens_at: int | None = None
    routes_at: int | None = None
    selected_at: int | None = None

    def first(self, act: str) -> int | None:
        """Return when an act was done first."""
        return next((event.at_us for event in self.events if event.act == act), None)

    @property
    def started_us(self) -> int:
        """When the execution began."""
        return self.events[0].at_us

    @property
    def failures(self) -> list[Event]:
        """Failed attempts in order."""
        return [event for event in self.events if event.act == "fail"]

    @property
    def status(self) -> str:
        """What became of it, a day of receipt later."""
        if self.first("complete") is not None:
            return "completed"
        return "failed" if self.events[-1].act == "fail" else "timed_out"

    @property
    def error_class(self) -> str | None:
        """Class of the last failure."""
        return FAILURES[self.failures[-1].detail][2] if self.failures else None


@dataclass(slots=True)
class Day:
    """A day of `daily_metrics`; the sets are who was there."""

    events: int = 0
    page_views: int = 0
    visitors: set[str] = field(default_factory=set)
    new_visitors: int = 0
    users: set[str] = field(default_factory=set)
    sessions: int = 0
    engaged_sessions: int = 0
    swaps_started: int = 0
    swaps_completed: int = 0
    swapped_usd: Decimal = Decimal(0)


class Truth:
    """All that is known of some visits."""

    def __init__(self, visits: Iterable[Visit]) -> None:
        self.sessions = [Session(visit) for visit in visits if not visit.browser.is_bot]
        self.swaps: dict[int, Swap] = {}
        self.wallets: dict[Client, set[str]] = defaultdict(set)
        self._users: dict[Client, set[str]] = defaultdict(set)
        self._devices: dict[Client, set[str]] = defaultdict(set)
        for session in self.sessions:
            self._take_identities(session)
            self._take_swaps(session)
        self.visitors = {client: self._visitor_of(client) for client in {s.client for s in self.sessions}}
        self.days = self._daily()

    def _take_identities(self, session: Session) -> None:
        browser = session.visit.browser
        for event in session.visit.events:
            device: Client = ("device", browser.device_id)
            came_back = session.client[0] == "anonymous" and not event.is_new_device
            if came_back:
                self._devices[session.client].add(browser.device_id)
            if event.user_id:
                self._users[session.client].add(event.user_id)
                if came_back:
                    self._users[device].add(event.user_id)
            if event.act == "connect":
                self.wallets[session.client].add(_wallet(browser, event))

    def _take_swaps(self, session: Session) -> None:
        last: dict[str, Event] = {}
        for event in session.visit.events:
            if event.act in ("tokens", "routes", "select"):
                last[event.act] = event
            if event.route is None or event.act in ("routes", "select"):
                continue
            swap = self.swaps.get(event.route.number)
            if swap is None:
                swap = self.swaps[event.route.number] = Swap(event.route, session.client)
                swap.tokens_at, swap.routes_at, swap.selected_at = (
                    _recent(last.get(act), event.at_us) for act in ("tokens", "routes", "select")
                )
            swap.events.append(event)

    def _visitor_of(self, client: Client) -> str:
        """Rules 1 to 5 of docs/metrics.md."""
        kind, name = client
        users = self._users[client]
        if kind == "user":
            return f"user:{name}"
        if len(users) == 1:
            return f"user:{next(iter(users))}"
        devices = self._devices[client]
        if users or len(devices) != 1:
            return f"anonymous:{name}"
        [device] = devices
        of_device = self._users[("device", device)]
        return f"user:{next(iter(of_device))}" if len(of_device) == 1 else f"device:{device}"

    def _daily(self) -> dict[dt.date, Day]:
        days: dict[dt.date, Day] = defaultdict(Day)
        first_seen: dict[str, int] = {}
        for session in self.sessions:
            visitor = self.visitors[session.client]
            start_us = session.visit.events[0].at_us
            first_seen[visitor] = min(start_us, first_seen.get(visitor, start_us))
            for event in session.visit.events:
                _count_event(days[day_of(event.at_us)], event, visitor)
            day = days[day_of(start_us)]
            day.sessions += 1
            day.engaged_sessions += session.is_engaged
        for at_us in first_seen.values():
            days[day_of(at_us)].new_visitors += 1
        for swap in self.swaps.values():
            days[day_of(swap.started_us)].swaps_started += 1
            if (completed := swap.first("complete")) is not None:
                days[day_of(completed)].swaps_completed += 1
                days[day_of(completed)].swapped_usd += usd(swap.route.usd_micro)
        return dict(days)


def day_of(at_us: int) -> dt.date:
    """Return the day of UTC."""
    return instant(at_us // DAY_US * DAY_US).date()


def _count_event(day: Day, event: Event, visitor: str) -> None:
    day.events += 1
    day.page_views += event.act == "page"
    day.visitors.add(visitor)
    if event.user_id:
        day.users.add(event.user_id)


def _recent(event: Event | None, at_us: int) -> int | None:
    return event.at_us if event and event.at_us >= at_us - IDLE_US else None


def _wallet(browser: Browser, event: Event) -> str:
    return browser.wallets[event.detail]
