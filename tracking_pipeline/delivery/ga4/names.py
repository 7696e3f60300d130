"""Names that GA4 takes: letters, digits, underscore, a letter first, at most 40. Pure functions."""

import functools
import hashlib
import re

from tracking_pipeline.delivery.ga4 import rules
from tracking_pipeline.delivery.ga4.fixes import fix

RESCUE_PREFIX = "site_"  # put before an event name that GA4 keeps for itself
HASH_CHARS = 6
CACHED = 4096  # a site has few names and many events
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")


def event_name(name: str) -> str | None:
    """Return the GA4 name of a site's event; None when nothing usable is left of it.

    Case is kept (GA4 tells ``Click`` from ``click``). A reserved or app-only name gets ``site_`` in front:
    GA4 drops it otherwise, without a word.
    """
    return fixed_event_name(name)[0]


def param_name(name: str) -> str | None:
    """Return the GA4 name of a parameter; None when it is reserved or nothing usable is left of it."""
    return fixed_param_name(name)[0]


@functools.lru_cache(CACHED)
def fixed_event_name(name: str) -> tuple[str | None, tuple[str, ...]]:
    """Return the GA4 name of a site's event (or None) and what was changed, each with the name as it leaves."""
    safe = _safe(name)
    if safe is None:
        return None, ()
    broken = ["event_name"] if safe != name else []
    if safe in rules.APP_ONLY_EVENTS:
        broken.append("event_name_app")
    elif safe in rules.RESERVED_EVENTS or safe.startswith(rules.UNSAFE_EVENT_PREFIXES):
        broken.append("event_name_reserved")
    if broken[-1:] not in ([], ["event_name"]):
        safe = RESCUE_PREFIX + safe
    short = _cut(safe)
    if short != safe:
        broken.append("event_name_length")
    return short, tuple(fix(rule_id, short) for rule_id in broken)


@functools.lru_cache(CACHED)
def fixed_param_name(name: str) -> tuple[str | None, tuple[str, ...]]:
    """Return the GA4 name of a parameter (or None) and what was changed."""
    safe = _safe(name)
    if safe is None:
        return None, ("param_name",)
    if name.strip().startswith(rules.RESERVED_PARAM_PREFIXES) or safe.startswith(rules.RESERVED_PARAM_PREFIXES):
        return None, (fix("param_reserved", name),)
    short = _cut(safe)
    if short != safe:
        return short, (fix("param_name_length", short),)
    return safe, () if safe == name else (fix("param_name", safe),)


def fitting(name: str, limit: int) -> str | None:
    """Return a name made safe and cut; None when nothing usable is left of it."""
    safe = _safe(name)
    return None if safe is None else _cut(safe, limit)


def _safe(name: str) -> str | None:
    if rules.PLAIN_NAME.fullmatch(name):
        return name
    safe = _UNSAFE.sub("_", name).strip("_").lstrip("0123456789_")
    return safe or None


def _cut(name: str, limit: int = rules.MAX_NAME) -> str:
    """Cut a long name so that two of them stay two: its head and a hash of the whole."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:HASH_CHARS]
    return f"{name[: limit - HASH_CHARS - 1]}_{digest}"
