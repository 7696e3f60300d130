"""What a visitor agreed to, as the event itself says it, and what follows from it. Pure functions.

An event is *granted*, *denied*, *unknown* (it says nothing where consent is required) or says nothing where none is
asked for (None). The browser's signals (Sec-GPC, DNT), where they are honoured, deny whatever the event says.
Denied and unknown events carry no id but one that changes daily, and go to no destination.

Read from ``context``, the first that is there: ``consent`` as a word or boolean; ``consent.categoryPreferences``
(Segment's consent wrapper); ``consent`` as a plain object of categories (Google's consent mode);
``consentManagement`` with ``allowedConsentIds`` and ``deniedConsentIds`` (RudderStack).
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

State = Literal["granted", "denied", "unknown"]
WORDS = {"granted": True, "denied": False}
DEFAULT_CATEGORIES = "analytics,analytics_storage,statistics,performance,measurement,C0002"
MAX_CATEGORIES = 100
MAX_CATEGORY_CHARS = 100
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for a request: is consent asked for, does a signal deny it, which categories are about analytics."""

    required: bool = False
    signalled: bool = False
    categories: frozenset[str] = frozenset(DEFAULT_CATEGORIES.lower().split(","))


@dataclass(frozen=True, slots=True)
class Consent:
    """An event's consent: its state, and its categories as JSON."""

    state: State | None = None
    categories: str | None = None

    @property
    def is_given(self) -> bool:
        """Tell whether the event may say who the visitor is: granted, or nobody asked and nothing was said."""
        return self.state is None or self.state == "granted"


NOT_ASKED = Consent()


def consent_of(context: object, rules: Rules) -> Consent:
    """Judge one event by its context."""
    said, categories = _said(context, rules.categories) if isinstance(context, dict) else (None, None)
    text = _encode(categories).decode() if categories else None
    if rules.signalled:
        return Consent("denied", text)
    if said is not None:
        return Consent("granted" if said else "denied", text)
    if rules.required:
        return Consent("unknown", text)
    return NOT_ASKED


def daily_id(salt: bytes, *parts: str) -> str:
    """Return an id of the shape of a UUID (version 8) that nobody can make again without the day's salt."""
    digest = hmac.digest(salt, "\0".join(parts).encode("utf-8", "replace"), hashlib.sha256)
    number = int.from_bytes(digest[:16], "big") & ~(0xF << 76) & ~(0b11 << 62) | 0x8 << 76 | 0b10 << 62
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _said(context: dict[str, Any], names: frozenset[str]) -> tuple[bool | None, dict[str, bool] | None]:
    consent = context.get("consent")
    if consent is None:
        management = context.get("consentManagement")
        categories = _of_lists(management) if isinstance(management, dict) else {}
    elif isinstance(consent, dict):
        preferences = consent.get("categoryPreferences")
        categories = _of_object(preferences if isinstance(preferences, dict) else consent)
    else:
        return _truth(consent), None
    about = [value for name, value in categories.items() if name.lower() in names] or list(categories.values())
    return (all(about) if about else None), categories or None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else WORDS.get(value.strip().lower()) if isinstance(value, str) else None


def _of_object(preferences: dict[str, Any]) -> dict[str, bool]:
    found = {name[:MAX_CATEGORY_CHARS]: _truth(value) for name, value in preferences.items()}
    return {name: value for name, value in list(found.items())[:MAX_CATEGORIES] if value is not None}


def _of_lists(management: dict[str, Any]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for field, value in (("allowedConsentIds", True), ("deniedConsentIds", False)):
        ids = management.get(field)
        for name in ids[:MAX_CATEGORIES] if isinstance(ids, list) else ():
            if isinstance(name, str) and name:
                found[name[:MAX_CATEGORY_CHARS]] = value
    return found
