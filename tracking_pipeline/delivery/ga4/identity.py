"""Who an event belongs to at GA4: client id, user id. Pure functions."""

import hashlib
import hmac

from ingest_api import masking
from tracking_pipeline.delivery.ga4 import rules

_31_BITS = 0x7FFF_FFFF


def cookie_id(ga_client_id: str | None) -> str | None:
    """Return the client id of the ``_ga`` cookie in its strict form; None for anything else."""
    return ga_client_id if ga_client_id and rules.CLIENT_ID.fullmatch(ga_client_id) else None


def derived_client_id(kind: str, value: str, key: bytes) -> str:
    """Return a stable ``number.number``: two positive 31-bit integers from SHA-256 of kind, NUL, value.

    A user id, or whatever looks personal, could be guessed and tried: then it is an HMAC under the install's ``key``.
    """
    text = f"{kind}\0{value}".encode("utf-8", "replace")
    is_guessable = kind == "user" or masking.is_personal(value)
    digest = hmac.digest(key, b"ga4 client\0" + text, "sha256") if is_guessable else hashlib.sha256(text).digest()
    first, second = (int.from_bytes(digest[i : i + 4], "big") & _31_BITS for i in (0, 4))
    return f"{first or 1}.{second or 1}"


def user_id(value: str | None) -> str | None:
    """Return the site's user id if GA4 may have it: not blank, at most 256, no e-mail or wallet address."""
    if not value or not value.strip() or len(value) > rules.MAX_USER_ID:
        return None
    return None if masking.is_personal(value) else value
