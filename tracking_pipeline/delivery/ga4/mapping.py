"""One event of the lake → one event of GA4, or the reason why there is none. Pure functions.

track → the catalogue's name, else its own made safe; page → ``page_view``; screen → ``page_view`` with ``screen_name``
(``screen_view`` is for app streams only, and GA4's count of views wants one name); group → ``join_group``; identify and
alias have no GA4 form. A screen's name is its title where the page sent none. Parameters: ``params.py``.
"""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from ingest_api import masking
from ingest_api.catalogue import EventPlan, catalogue
from ingest_api.partitions import EPOCH
from tracking_pipeline.delivery.ga4 import names, params
from tracking_pipeline.delivery.ga4.values import Scalar, parse_properties

ENGAGEMENT_MS = 1  # must be positive, or GA4 does not count the user as active
PAGE_KEYS = frozenset({"url", "path", "title", "referrer", "search", "name", "category", "hash"})
WITHHELD = frozenset({"denied", "unknown"})  # null: no consent was asked for
NO_FORM = frozenset({"identify", "alias"})
GA = "GA"  # what jumper.exchange calls it where a call keeps its event from it
MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SourceEvent:
    """The columns of ``events`` that a GA4 event is made of."""

    event_id: str
    type: str
    occurred_at: dt.datetime
    event_name: str | None = None
    category: str | None = None
    group_id: str | None = None
    page_url: str | None = None
    page_title: str | None = None
    page_referrer: str | None = None
    properties: str | None = None
    is_bot: bool = False
    consent: str | None = None
    source: str = ""
    campaign: str | None = None  # JSON, as in context.campaign


@dataclass(frozen=True, slots=True)
class Mapped:
    """A GA4 event without its session; ``fixes`` say what was left out or changed, each ``rule:field``."""

    name: str
    params: dict[str, Scalar]
    timestamp_us: int
    fixes: tuple[str, ...] = ()

    def encode(self, session_id: str) -> bytes:
        """Return the event's JSON as it goes into a request's ``events``."""
        ours: dict[str, Scalar] = {"session_id": session_id, "engagement_time_msec": ENGAGEMENT_MS}
        event = {"name": self.name, "timestamp_micros": self.timestamp_us, "params": ours | self.params}
        return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Why an event does not go to GA4: ``suppressed`` by rule, or ``dead`` because it cannot be expressed."""

    state: str
    reason: str


def to_ga4(event: SourceEvent, *, catalogue_only: bool = False) -> Mapped | Unmapped:
    """Map one event; the same event always gives the same answer.

    ``catalogue_only`` is the source's wish that nothing leaves but what the catalogue describes.
    """
    if event.is_bot:
        return Unmapped("suppressed", "bot")
    if event.consent in WITHHELD:
        return Unmapped("suppressed", "consent")
    if event.type in NO_FORM:
        return Unmapped("suppressed", "no_ga4_form")
    try:
        properties = parse_properties(event.properties)
    except (ValueError, RecursionError):
        return Unmapped("dead", "unreadable_properties")
    if GA in str(properties.get("disabled_tools") or "").split(","):
        return Unmapped("suppressed", "disabled_by_site")
    known = catalogue()
    plan = known.events.get(event.event_name or "") if event.type == "track" else None
    name = _name(event, plan)
    if name is None:
        return Unmapped("dead", "unusable_name")
    own, page = _own(event, properties), _page(event)
    chosen, fixes = params.choose(own, page, plan, known, catalogue_only=catalogue_only)
    return Mapped(name, chosen, (event.occurred_at.replace(tzinfo=dt.UTC) - EPOCH) // MICROSECOND, fixes)


def _name(event: SourceEvent, plan: EventPlan | None) -> str | None:
    if plan:
        return plan.ga4
    if event.type in ("page", "screen"):
        return "page_view"
    if event.type == "group":
        return "join_group"
    name = masking.mask(event.event_name or "")
    return names.event_name(name)


def _own(event: SourceEvent, properties: dict[str, Any]) -> dict[str, Any]:
    """The event's own parameters in the order sent; those that repeat the page's fields are left out."""
    if event.type == "group":
        is_personal = event.group_id is not None and masking.is_personal(event.group_id)
        return {"group_id": masking.MASK if is_personal else event.group_id}
    if event.type == "track":
        return properties
    prefix = event.type
    columns = {f"{prefix}_name": event.event_name, f"{prefix}_category": event.category}
    own = {name: value for name, value in columns.items() if value is not None}
    return own | {key: value for key, value in properties.items() if key not in PAGE_KEYS}


def _page(event: SourceEvent) -> dict[str, str | None]:
    title = event.page_title or (event.event_name if event.type == "screen" else None)
    return {
        "page_location": masking.mask_url(event.page_url) if event.page_url else None,
        "page_referrer": masking.mask_url(event.page_referrer) if event.page_referrer else None,
        "page_title": masking.mask(title) if title else None,
    }
