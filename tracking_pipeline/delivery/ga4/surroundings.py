"""Where events happened → what a request says of all of its events: consent, device, country. Pure functions.

Everything is our own parsing: no user agent and no address leaves. GA4 takes ``device`` before ``user_agent`` and
``user_location`` before ``ip_override``:
https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference, read 2026-09-25.
"""

import functools
import json

from ingest_api import masking
from tracking_pipeline.delivery.ga4 import rules
from tracking_pipeline.delivery.planned import Surroundings

DEVICES = frozenset({"desktop", "mobile", "tablet"})
# Consent for ads, as tools call it; names without case. GA4 has no key for analytics: without it nothing leaves.
ADS = frozenset({"ad_storage", "ads", "advertising", "c0004", "marketing", "targeting"})
CONSENT_KEYS = ("ad_user_data", "ad_personalization")
CACHED = 4096


@functools.lru_cache(CACHED)
def request_fields(around: Surroundings, *, device: bool, country: bool) -> bytes:
    """Return the members of a request's JSON object, each with a comma in front, or nothing."""
    fields: dict[str, dict[str, str]] = {
        "consent": consent_of(around.consent_categories),
        "device": device_of(around) if device else {},
        "user_location": {"country_id": around.country} if country and around.country else {},
    }
    told = {name: value for name, value in fields.items() if value}
    encoded = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return b"," + encoded[1:-1] if told else b""


def consent_of(categories: str | None) -> dict[str, str]:
    """Return GA4's consent for ads from an event's categories; what they do not say is left out."""
    try:
        said = json.loads(categories) if categories else {}
    except ValueError:
        return {}
    by_name = {str(name).lower(): value for name, value in said.items() if isinstance(value, bool)}
    ads = [value for name, value in by_name.items() if name in ADS]
    default = {key: all(ads) for key in CONSENT_KEYS} if ads else {}
    found = default | {key: by_name[key] for key in CONSENT_KEYS if key in by_name}
    return {key: "GRANTED" if value else "DENIED" for key, value in found.items()}


def device_of(around: Surroundings) -> dict[str, str]:
    """Return GA4's device; nothing without a category, which it needs."""
    if around.device_type not in DEVICES:
        return {}
    device = {"category": around.device_type, "language": _language(around.locale), "browser": _name(around.browser)}
    device |= {"operating_system": _name(around.os), "screen_resolution": _resolution(around)}
    return {name: value for name, value in device.items() if value}


def _name(parsed: str | None) -> str:
    """Return a name found in a user agent, which a client may fill with anything."""
    return masking.cut(masking.mask(parsed or ""), rules.MAX_VALUE)


def _language(locale: str | None) -> str:
    """Return the language of a locale (ISO 639-1): the two letters in front."""
    language = (locale or "").replace("_", "-").partition("-")[0].lower()
    return language if len(language) == 2 and language.isascii() and language.isalpha() else ""


def _resolution(around: Surroundings) -> str:
    width, height = around.screen_width or "", around.screen_height or ""
    is_one = all(side.isascii() and side.isdigit() and len(side) < 6 and int(side) > 0 for side in (width, height))
    return f"{width}x{height}" if is_one else ""
