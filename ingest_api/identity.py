"""The first-party device id and its cookie. Google's own cookies: ``ga_cookies.py``."""

import re
import uuid
from dataclasses import dataclass

COOKIE_MAX_AGE_S = 400 * 86_400  # the most that browsers keep: RFC 6265bis, section 5.5
_DEVICE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Device:
    """A device id, and whether this very request made it (then it is no visitor yet)."""

    id: str
    is_new: bool


def device_of(cookie: str | None, *, is_browser: bool) -> Device | None:
    """Return the device of a request: its cookie's, else a new one for a browser, else none.

    Server-side SDKs get no id: each of their requests would be a fresh "visitor".
    """
    if cookie and _DEVICE_ID.fullmatch(cookie):
        return Device(cookie, is_new=False)
    return Device(str(uuid.uuid4()), is_new=True) if is_browser else None


def cookies(header: str | None) -> dict[str, str]:
    """Split a Cookie header into names and values as sent; both are judged by whoever takes one."""
    pairs = (part.partition("=") for part in header.split(";")) if header else ()
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def set_cookie(name: str, device: Device, *, domain: str, secure: bool) -> str:
    """Return the Set-Cookie header that makes or renews the device id."""
    return _header(name, device.id, COOKIE_MAX_AGE_S, domain, secure=secure)


def drop_cookie(name: str, *, domain: str, secure: bool) -> str:
    """Return the Set-Cookie header that takes the device id away: consent was withdrawn."""
    return _header(name, "", 0, domain, secure=secure)


def _header(name: str, value: str, max_age_s: int, domain: str, *, secure: bool) -> str:
    parts = [f"{name}={value}", f"Max-Age={max_age_s}", "Path=/", "HttpOnly", "SameSite=Lax"]
    if domain:
        parts.append(f"Domain={domain}")
    if secure:
        parts.append("Secure")
    return "; ".join(parts)
