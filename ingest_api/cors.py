"""What browsers ask for before and after a post from another origin (https://fetch.spec.whatwg.org/#http-cors-protocol).

The very origin is named, never ``*``; credentials only for origins on a list. Every answer that has, or could have
had, such a header says ``Vary: Origin``.
"""

import re
from functools import lru_cache

from ingest_api.intake import Environ
from ingest_api.origins import MAX_ORIGIN_CHARS, Origins, canonical

PREFLIGHT_MAX_AGE_S = "7200"  # the most that Chromium keeps
MAX_REQUESTED_CHARS = 2048  # names of headers that a page may ask for; SDKs ask for a handful
VARY = ("Vary", "Origin")
EXPOSED = ("Access-Control-Expose-Headers", "Retry-After")  # else a script cannot see how long to wait
NO_GRANT = (VARY,)
PREFLIGHT_VARY = ("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Private-Network")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # https://www.rfc-editor.org/rfc/rfc9110#name-tokens


def origin_headers(environ: Environ, origins: Origins) -> tuple[tuple[str, str], ...]:
    """Let the page that sent this read the answer, where its origin may; credentials only where it is listed."""
    origin: str | None = environ.get("HTTP_ORIGIN")
    if origin is None or len(origin) > MAX_ORIGIN_CHARS:
        return NO_GRANT
    return _origin_headers(origin, origins)


def preflight_headers(environ: Environ, origins: Origins) -> list[tuple[str, str]] | None:
    """Answer a preflight: whatever headers are asked for, SDKs send their own. None for an origin that may not post.

    A page of the public internet may reach a collector in a private network only where its origin is listed
    (https://wicg.github.io/private-network-access/).
    """
    origin: str | None = environ.get("HTTP_ORIGIN")
    grant = _grant(origin, origins)
    if origin and not grant:
        return None
    asked: str = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")[:MAX_REQUESTED_CHARS]
    are_names = all(_TOKEN.fullmatch(name.strip(" \t")) for name in asked.split(","))
    headers = [
        *grant,
        ("Access-Control-Allow-Methods", "POST, GET, OPTIONS"),
        ("Access-Control-Allow-Headers", asked if are_names else "content-type"),
        ("Access-Control-Max-Age", PREFLIGHT_MAX_AGE_S),
        PREFLIGHT_VARY,
    ]
    if origin and "HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK" in environ and origins.lists(origin):
        headers.append(("Access-Control-Allow-Private-Network", "true"))
    return headers


@lru_cache(maxsize=1024)
def _origin_headers(origin: str, origins: Origins) -> tuple[tuple[str, str], ...]:
    grant = _grant(origin, origins)
    return (*grant, EXPOSED, VARY) if grant else NO_GRANT


def _grant(origin: str | None, origins: Origins) -> list[tuple[str, str]]:
    if not origin:
        return []
    if origins.lists(origin):
        return [("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true")]
    echoed = origins.any and origin.isascii() and canonical(origin) is not None  # never what could break the header
    return [("Access-Control-Allow-Origin", origin)] if echoed else []
