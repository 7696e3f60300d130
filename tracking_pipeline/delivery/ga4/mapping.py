"""One event of the lake → one event of GA4, or the reason why there is none. Pure functions.

track → its own name made safe; page → ``page_view``; screen → ``page_view`` with ``screen_name`` (``screen_view``
is for app streams only, and GA4's count of views wants one name); group → ``join_group``; identify and alias have
no GA4 form. A screen's name is its title where the page sent none.
"""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from ingest_api import masking
from ingest_api.param_names import param_rule
from ingest_api.partitions import EPOCH
from tracking_pipeline.delivery.ga4 import names, rules
from tracking_pipeline.delivery.ga4.values import NumberText, Scalar, clean_text, parse_properties, scalar

ENGAGEMENT_MS = 1  # must be positive, or GA4 does not count the user as active
PAGE_KEYS = frozenset({"url", "path", "title", "referrer", "search", "name", "category", "hash"})
NO_FORM = frozenset({"identify", "alias"})


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


@dataclass(frozen=True, slots=True)
class Mapped:
    """A GA4 event without its session; ``notes`` say what was left out or changed."""

    name: str
    params: dict[str, Scalar]
    timestamp_us: int
    notes: tuple[str, ...] = ()

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


def to_ga4(event: SourceEvent) -> Mapped | Unmapped:
    """Map one event; the same event always gives the same answer."""
    if event.is_bot:
        return Unmapped("suppressed", "bot")
    if event.type in NO_FORM:
        return Unmapped("suppressed", "no_ga4_form")
    try:
        properties = parse_properties(event.properties)
    except (ValueError, RecursionError):
        return Unmapped("dead", "unreadable_properties")
    name = _name(event)
    if name is None:
        return Unmapped("dead", "unusable_name")
    params, notes = _params(_own(event, properties), _page(event))
    return Mapped(
        name, params, (event.occurred_at.replace(tzinfo=dt.UTC) - EPOCH) // dt.timedelta(microseconds=1), notes
    )


def _name(event: SourceEvent) -> str | None:
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


def _params(own: dict[str, Any], page: dict[str, str | None]) -> tuple[dict[str, Scalar], tuple[str, ...]]:
    """Keep what fits: the event's own parameters, then the page's; the rest is named in the notes."""
    room = rules.MAX_PARAMS - 2  # session_id and engagement_time_msec are ours
    params: dict[str, Scalar] = {}
    notes: list[str] = []
    for raw_name, raw_value in own.items():
        found = _param(raw_name, raw_value)
        if isinstance(found, str):
            notes.append(found)
        elif found[0] not in page and found[0] not in params:
            params[found[0]] = found[1]
    for name, text in page.items():
        if (clean := clean_text(text)) is not None:
            params[name] = masking.cut(clean, rules.MAX_VALUE_OF[name])
    notes += [f"over_25:{name}" for name in list(params)[room:]]
    return dict(list(params.items())[:room]), tuple(notes)


def _param(raw_name: str, raw_value: Any) -> tuple[str, Scalar] | str:
    """Return (name, value) of one parameter, or a note that says why it is left out."""
    name = names.param_name(raw_name)
    if name is None or masking.mask(raw_name) != raw_name:
        return "unusable_param"
    if name in rules.OURS:
        return f"ours:{name}"
    rule = param_rule(name)
    if rule == "drop":
        return f"private:{name}"
    value = scalar(raw_value)
    if value is None:
        return f"not_scalar:{name}"
    if not isinstance(value, str) or isinstance(value, NumberText):
        return name, value
    masked = masking.mask_public(value) if rule == "public" else masking.mask(value)
    return name, masking.cut(masked, rules.MAX_VALUE_OF.get(name, rules.MAX_VALUE))
