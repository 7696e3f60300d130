"""Names that GA4 takes: letters, digits, underscore, a letter first, at most 40. Pure functions."""

import hashlib
import re

from tracking_pipeline.delivery.ga4 import rules

RESCUE_PREFIX = "site_"  # put before an event name that GA4 keeps for itself
HASH_CHARS = 6
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


def event_name(name: str) -> str | None:
    """Return the GA4 name of a site's event; None when nothing usable is left of it.

    Case is kept (GA4 tells ``Click`` from ``click``). A reserved or app-only name gets ``site_`` in front:
    GA4 drops it otherwise, without a word.
    """
    safe = _safe(name)
    if safe is None:
        return None
    reserved = safe in rules.RESERVED_EVENTS or safe in rules.APP_ONLY_EVENTS
    if reserved or safe.startswith(rules.UNSAFE_EVENT_PREFIXES):
        safe = RESCUE_PREFIX + safe
    return _cut(safe)


def param_name(name: str) -> str | None:
    """Return the GA4 name of a parameter; None when it is reserved or nothing usable is left of it."""
    if name.strip().startswith(rules.RESERVED_PARAM_PREFIXES):
        return None
    safe = _safe(name)
    if safe is None or safe.startswith(rules.RESERVED_PARAM_PREFIXES):
        return None
    return _cut(safe)


def _safe(name: str) -> str | None:
    safe = _UNSAFE.sub("_", name).strip("_").lstrip("0123456789_")
    return safe or None


def _cut(name: str) -> str:
    """Cut a long name so that two of them stay two: its head and a hash of the whole."""
    if len(name) <= rules.MAX_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:HASH_CHARS]
    return f"{name[: rules.MAX_NAME - HASH_CHARS - 1]}_{digest}"
