"""What a request says of itself: its body's bytes, its write key, its origin, who sent it. Reads Flask's request."""

import time
from collections.abc import Iterator

from flask import request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from ingest_api import identity
from ingest_api.body import Refusal, inflate, too_large
from ingest_api.calls import Receipt
from ingest_api.privacy import truncate_ip
from ingest_api.settings import Settings

MAX_HEADER_CHARS = 2048  # browsers' user agents and origins stay far below; a server takes 64 KB and more


def body() -> bytes:
    """Return the inflated body. Raises Refusal where it cannot be had."""
    return inflate(raw_body(), request.headers.get("Content-Encoding", ""))


def raw_body() -> bytes:
    """Return the body as it came. By its bytes: nothing may touch ``request.form`` before."""
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        raise too_large() from None
    except ClientDisconnected:
        raise Refusal("unreadable_body", "the connection broke within the body") from None


def source_in_headers(settings: Settings) -> str | None:
    """Find the source by the write key outside the body; None when there is no key that is known.

    An unknown one is passed over: a site behind basic authentication sends its own user name along.
    """
    return next((settings.sources[key] for key in _keys_in_headers() if key in settings.sources), None)


def source_of(settings: Settings, write_key: str | None) -> str:
    """Return the source of the body's write key. Raises Refusal(``unknown_write_key``)."""
    source = settings.sources.get(write_key or "")
    if source is None:
        found = "is not known here" if write_key or any(_keys_in_headers()) else "is missing"
        raise Refusal("unknown_write_key", f"the write key {found}; the collector knows those in TRACKING_WRITE_KEYS")
    return source


def has_key_in_headers() -> bool:
    """Tell whether the request names any write key outside its body."""
    return any(_keys_in_headers())


def check_origin(settings: Settings) -> None:
    """Refuse a browser's request from an origin that is not allowed."""
    origin = request.headers.get("Origin")
    if settings.origins and origin and origin.lower() not in settings.origins:
        raise Refusal("origin_not_allowed", "this origin is not in TRACKING_ALLOWED_ORIGINS")


def receipt_of(settings: Settings, source: str, dialect: str) -> tuple[Receipt, identity.Device | None]:
    """Stamp the request: now, from whom, by which device (a browser without one gets a new one)."""
    headers = request.headers
    is_browser = "Origin" in headers or "Sec-Fetch-Site" in headers
    device = identity.device_of(request.cookies.get(settings.cookie_name), is_browser=is_browser)
    receipt = Receipt(
        received_at=time.time_ns() // 1000,
        source=source,
        path=request.path,
        dialect=dialect,
        device_id=device.id if device else None,
        device_is_new=device.is_new if device else False,
        ga_client_id=identity.ga_client_id(request.cookies.get("_ga")),
        user_agent=_header("User-Agent"),
        ip=truncate_ip(request.remote_addr),
        origin=_header("Origin"),
    )
    return receipt, device


def _keys_in_headers() -> Iterator[str]:
    """Yield the write keys outside the body: Basic user, Bearer, X-Write-Key (``key:secret``), query."""
    authorization = request.authorization
    if authorization is not None:
        yield authorization.username or authorization.token or ""
    yield request.headers.get("X-Write-Key", "").partition(":")[0]
    yield request.args.get("writeKey", "")


def _header(name: str) -> str | None:
    value = request.headers.get(name)
    return value[:MAX_HEADER_CHARS] if value else None
