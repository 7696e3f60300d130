"""One event of the lake → one event of GA4, or the reason why there is none. Pure functions.

track → the catalogue's name, else GA4's own for Segment's e-commerce events, else its own made safe; page →
``page_view``; screen → ``page_view`` with ``screen_name`` (``screen_view`` is for app streams only, and GA4's count of
views wants one name); group → ``join_group``; identify and alias have no GA4 form. A screen's name is its title where
the page sent none. Parameters: ``params.py``.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from ingest_api import masking
from ingest_api.catalogue import EventPlan, catalogue
from ingest_api.partitions import EPOCH
from tracking_pipeline.delivery.ga4 import ecommerce, names, params, rules
from tracking_pipeline.delivery.ga4.ecommerce import Sale
from tracking_pipeline.delivery.ga4.params import Given, Value
from tracking_pipeline.delivery.ga4.values import clean_text, parse_properties

ENGAGEMENT_MS = 1  # must be positive, or GA4 does not count the user as active
MAX_ENGAGEMENT_MS = 86_400_000
ENGAGEMENT = "page_engagement"  # the tracker's, of the catalogue
PAGE_KEYS = frozenset({"url", "path", "title", "referrer", "search", "name", "category", "hash"})
# Consent that lets an event leave; null: none was asked for.
CONSENTED = frozenset({None, "granted"})
NO_FORM = frozenset({"identify", "alias"})
GA = "GA"  # what jumper.exchange calls it where a call keeps its event from it
VIEWS = frozenset({"page", "screen"})
# As GA4's campaign_details calls what context.campaign holds. utm_id is Google's own.
CAMPAIGN = {
    "id": "campaign_id",
    "name": "campaign",
    "source": "source",
    "medium": "medium",
    "term": "term",
    "content": "content",
}
CAMPAIGN_EVENT = "campaign_details"  # of GA4's own; not visible in its reports
UTM = "utm_"
MAX_QUERY_CHARS = 4_000
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
    params: dict[str, Value]
    timestamp_us: int
    fixes: tuple[str, ...] = ()
    engagement_ms: int = ENGAGEMENT_MS
    campaign: Mapping[str, str] = field(default_factory=dict)

    def encode_campaign(self, session_id: str) -> bytes:
        """Return ``campaign_details`` of the same instant: what tells GA4 a source where no tag does."""
        details: dict[str, Value] = {
            name: masking.cut(masking.mask(value), rules.MAX_VALUE) for name, value in self.campaign.items()
        }
        return replace(self, name=CAMPAIGN_EVENT, params=details, engagement_ms=ENGAGEMENT_MS).encode(session_id)

    def encode(self, session_id: str) -> bytes:
        """Return the event's JSON as it goes into a request's ``events``."""
        ours: dict[str, Value] = {"session_id": session_id, "engagement_time_msec": self.engagement_ms}
        event = {"name": self.name, "timestamp_micros": self.timestamp_us, "params": ours | self.params}
        return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Why an event does not go to GA4: ``suppressed`` by rule, or ``dead`` because it cannot be expressed."""

    state: str
    reason: str


def to_ga4(event: SourceEvent, *, catalogue_only: bool = False, category_levels: bool = False) -> Mapped | Unmapped:
    """Map one event; the same event always gives the same answer.

    ``catalogue_only`` is the source's wish that nothing leaves but what the catalogue describes: its events, pages and
    screens, and of them the parameters that it knows.
    """
    if (held := reason_to_stay(event)) is not None:
        return held
    try:
        properties = parse_properties(event.properties)
    except (ValueError, RecursionError):
        return Unmapped("dead", "unreadable_properties")
    if GA in str(properties.get("disabled_tools") or "").split(","):
        return Unmapped("suppressed", "disabled_by_site")
    known = catalogue()
    plan = known.events.get(event.event_name or "") if event.type == "track" else None
    if catalogue_only and plan is None and event.type not in VIEWS:
        return Unmapped("suppressed", "off_catalogue")
    form = _form(event, plan, properties, category_levels=category_levels)
    if form is None:
        return Unmapped("dead", "unusable_name")
    campaign = _campaign(event)
    given = Given(form.own, _page(event), form.first, campaign)
    chosen, fixes = params.choose(given, plan, known, catalogue_only=catalogue_only)
    return Mapped(
        form.name, chosen, micros(event.occurred_at), form.fixes + fixes, _engagement_ms(event, properties), campaign
    )


def _engagement_ms(event: SourceEvent, properties: dict[str, Any]) -> int:
    """Return how long a page was in view, as the tracker measured it; else the least that counts as active."""
    measured = properties.get("engagement_ms") if event.event_name == ENGAGEMENT and event.type == "track" else None
    return measured if type(measured) is int and 0 < measured < MAX_ENGAGEMENT_MS else ENGAGEMENT_MS


def reason_to_stay(event: SourceEvent) -> Unmapped | None:
    """Return why an event stays whatever it holds; None for one that may leave.

    A plan has no bots and nothing without consent in it (``sql/withheld.sql``); that is asked again, of the event.
    """
    if event.is_bot:
        return Unmapped("suppressed", "bot")
    if event.consent not in CONSENTED:
        return Unmapped("suppressed", "consent")
    return Unmapped("suppressed", "no_ga4_form") if event.type in NO_FORM else None


def micros(at: dt.datetime) -> int:
    """Return an instant of the lake as unix microseconds."""
    return (at.replace(tzinfo=dt.UTC) - EPOCH) // MICROSECOND


def _form(
    event: SourceEvent, plan: EventPlan | None, properties: dict[str, Any], *, category_levels: bool
) -> Sale | None:
    """Give an event its GA4 name and its own parameters, in the order sent; None when no name is left."""
    if event.type == "group":
        is_personal = event.group_id is not None and masking.is_personal(event.group_id)
        return Sale("join_group", {}, {"group_id": masking.MASK if is_personal else event.group_id}, ())
    if event.type in VIEWS:
        return Sale("page_view", {}, _of_view(event, properties), ())
    if plan:
        return Sale(plan.ga4, {}, properties, ())
    sent = event.event_name or ""
    if spec := ecommerce.form_of(sent):
        return ecommerce.to_sale(spec, sent, properties, category_levels=category_levels)
    masked = masking.mask(sent)
    name, fixes = names.fixed_event_name(masked)
    masks = () if masked == sent else ("masked:event_name",)
    return Sale(name, {}, properties, masks + fixes) if name else None


def _of_view(event: SourceEvent, properties: dict[str, Any]) -> dict[str, Any]:
    """The own parameters of a page or screen; those that repeat the page's fields are left out."""
    columns = {f"{event.type}_name": event.event_name, f"{event.type}_category": event.category}
    own = {name: value for name, value in columns.items() if value is not None}
    return own | {key: value for key, value in properties.items() if key not in PAGE_KEYS}


def _page(event: SourceEvent) -> dict[str, str | None]:
    title = event.page_title or (event.event_name if event.type == "screen" else None)
    return {"page_location": event.page_url, "page_referrer": event.page_referrer, "page_title": title}


def _campaign(event: SourceEvent) -> dict[str, str]:
    """Where a visitor came from, of a view: as the SDK says it, else as the URL does. GA4 reads none of it itself."""
    if event.type not in VIEWS:
        return {}
    said = _said_campaign(event.campaign) or _url_campaign(event.page_url)
    return {name: text for key, name in CAMPAIGN.items() if (text := clean_text(said.get(key)))}


def _said_campaign(text: str | None) -> dict[str, str]:
    try:
        said = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return {}
    return {key: value for key, value in said.items() if isinstance(value, str)} if isinstance(said, dict) else {}


def _url_campaign(url: str | None) -> dict[str, str]:
    if not url or UTM not in url:
        return {}
    query = url.partition("?")[2].partition("#")[0]
    pairs = parse_qsl(query[:MAX_QUERY_CHARS])
    return {key.removeprefix(UTM).replace("campaign", "name"): value for key, value in pairs if key.startswith(UTM)}
