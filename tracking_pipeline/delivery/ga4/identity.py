"""Who an event belongs to at GA4: client id, user id. Pure functions."""

import hashlib
import hmac
import json
import re
from typing import Any

from ingest_api import masking
from tracking_pipeline.delivery.ga4 import rules
from tracking_pipeline.delivery.ga4.fixes import fix
from tracking_pipeline.protocol import limits

_OF_TAG = re.compile(r"[0-9]{5,10}\.1[0-9]{9}", re.ASCII)  # a random number and unix seconds
_31_BITS = 0x7FFF_FFFF


def known_client_id(named: str | None, cookie: str | None, fpid: str | None) -> str | None:
    """Return the client id that GA4 knows a browser by; None where there is none.

    The one that the event itself names, else the ``_ga`` cookie's, else the ``FPID`` cookie's of server-side tagging.
    """
    return next((value for value in (named, cookie, fpid) if value and _is_client_id(value)), None)


def _is_client_id(value: str) -> bool:
    if rules.CLIENT_ID.fullmatch(value):
        return True
    return rules.FPID.fullmatch(value) is not None and not masking.is_personal(value)


def session_of(ga_sessions: str | None, measurement_id: str) -> str | None:
    """Return the session that the stream's own tag has a browser in, from its ``_ga_<stream>`` cookie."""
    found = _cookie_session(ga_sessions, measurement_id).get("session_id")
    return found if isinstance(found, str) and limits.SESSION_ID.fullmatch(found) else None


def session_number_of(ga_sessions: str | None, measurement_id: str) -> int | None:
    """Return which of the browser's sessions that one is, as the tag counts them."""
    found = _cookie_session(ga_sessions, measurement_id).get("session_number")
    return found if type(found) is int and found > 0 else None


def _cookie_session(ga_sessions: str | None, measurement_id: str) -> dict[str, Any]:
    session = json.loads(ga_sessions).get(measurement_id.removeprefix("G-")) if ga_sessions else None
    return session if isinstance(session, dict) else {}


def derived_client_id(kind: str, value: str, key: bytes) -> str:
    """Return a stable ``number.number``: two positive 31-bit integers from SHA-256 of kind, NUL, value.

    An anonymous id that is a GA4 client id (the replaced system's clients sent theirs) stays what it is.
    A user id, or whatever looks personal, could be guessed and tried: then it is an HMAC under the install's ``key``.
    """
    if kind == "anonymous" and _OF_TAG.fullmatch(value):
        return value
    text = f"{kind}\0{value}".encode("utf-8", "replace")
    is_guessable = kind == "user" or masking.is_personal(value)
    digest = hmac.digest(key, b"ga4 client\0" + text, "sha256") if is_guessable else hashlib.sha256(text).digest()
    first, second = (int.from_bytes(digest[i : i + 4], "big") & _31_BITS for i in (0, 4))
    return f"{first or 1}.{second or 1}"


def user_id(value: str | None) -> str | None:
    """Return the site's user id if GA4 may have it: not blank, at most 256, no e-mail or wallet address."""
    return fixed_user_id(value)[0]


def fixed_user_id(value: str | None) -> tuple[str | None, tuple[str, ...]]:
    """Return the user id that GA4 may have, and why it may not."""
    if not value or not value.strip():
        return None, ()
    if len(value) > rules.MAX_USER_ID:
        return None, (fix("user_id_length"),)
    return (None, (fix("private", "user_id"),)) if masking.is_personal(value) else (value, ())
