"""What Google's own cookies say: client id, sessions by stream, FPID. Pure functions.

Google documents none of these layouts. They are read by version; anything else is absent, never a wrong value.
Layouts as observed (read 2026-11): ``_ga`` and ``FPID``, https://bbccss.com/understanding-client-id-in-ga4.html;
``_ga_<stream>``, https://www.thyngster.com/google-analytics-4-cookie-format-change-from-gs1-to-gs2-explained.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

STREAM_PREFIX = "_ga_"
MAX_STREAMS = 20
_GA = re.compile(r"(?:GA)?1\.[0-9-]+\.([0-9]{1,20}\.[0-9]{1,12})", re.ASCII)
_FPID = re.compile(r"FPID2\.[0-9]+\.([A-Za-z0-9+/=_-]{8,200}\.[0-9]{10})", re.ASCII)
_STREAM = re.compile(r"[A-Z0-9]{4,20}", re.ASCII)  # a measurement id without its ``G-``
_GS1 = re.compile(r"GS1\.[0-9-]+\.([0-9]+)\.([0-9]+)\.([01])\.([0-9]+)(?:\.[0-9a-zA-Z]*)*", re.ASCII)
_GS2 = re.compile(r"GS2\.[0-9-]+\.(.+)", re.ASCII)
_SECONDS = re.compile(r"[12][0-9]{9}", re.ASCII)  # 2001 to 2065
_COUNT = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
_encode = msgspec.json.Encoder().encode


def client_id(cookie: str | None) -> str | None:
    """Return a ``_ga`` cookie's client id (``GA1.<level>.<n>.<unix>`` → ``n.unix``)."""
    match = _GA.fullmatch(unquote(cookie)) if cookie else None
    return match[1] if match else None


def fpid(cookie: str | None) -> str | None:
    """Return the client id in an ``FPID`` cookie (``FPID2.<n>.<base64>.<unix>`` → ``base64.unix``)."""
    match = _FPID.fullmatch(unquote(cookie)) if cookie else None
    return match[1] if match else None


def sessions(cookies: Mapping[str, str]) -> str | None:
    """Return the sessions of all streams as JSON, ``{"<stream>": {"session_id": …}}``; None without any.

    ``session_id`` is text, as deliveries tell it; ``session_number``, ``engaged`` and ``last_hit`` (unix seconds)
    are there where the cookie has them in a form that can be believed.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, value in cookies.items():
        if name.startswith(STREAM_PREFIX) and len(found) < MAX_STREAMS:
            stream = name.removeprefix(STREAM_PREFIX)
            if _STREAM.fullmatch(stream) and (session := session_of(value)):
                found[stream] = session
    return _encode(found).decode() if found else None


def session_of(cookie: str) -> dict[str, Any] | None:
    """Read one ``_ga_<stream>`` cookie, GS1 (by place) or GS2 (by letter, in any order, unknown ones passed over)."""
    text = unquote(cookie)
    if match := _GS1.fullmatch(text):
        return _session(*match.groups())
    if match := _GS2.fullmatch(text):
        parts = [part for part in match[1].split("$") if part]
        named = {part[0]: part[1:] for part in parts}
        if len({part[0] for part in parts if part[0] in "sogt"}) == sum(part[0] in "sogt" for part in parts):
            return _session(named.get("s", ""), named.get("o", ""), named.get("g", ""), named.get("t", ""))
    return None


def _session(session_id: str, number: str, engaged: str, last_hit: str) -> dict[str, Any] | None:
    if not _SECONDS.fullmatch(session_id):
        return None
    session: dict[str, Any] = {"session_id": session_id}
    if _COUNT.fullmatch(number):
        session["session_number"] = int(number)
    if engaged in ("0", "1"):
        session["engaged"] = engaged == "1"
    if _SECONDS.fullmatch(last_hit) and last_hit >= session_id:
        session["last_hit"] = int(last_hit)
    return session
