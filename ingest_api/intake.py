"""What a request says of itself: its body's bytes, its write key, its origin, who sent it.

Read from the WSGI environment; a Werkzeug request is made only for what few clients send (measured: to make one
costs 7 us, its cookies 15, its arguments 10, its body 17, each about as much as to judge an event).
"""

import contextlib
import time
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from flask import Request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from ingest_api import ga_cookies, identity
from ingest_api.body import MAX_BODY_BYTES, Refusal, too_large
from ingest_api.consent import daily_id
from ingest_api.keys import Keys
from ingest_api.privacy import kept_ip
from ingest_api.proxies import client_ip
from ingest_api.receipt import Receipt
from ingest_api.settings import Settings
from ingest_api.sources import Source

BODY_BYTES = "tracking.body_bytes"  # key under which the body's length is noted, for the metrics
Environ = dict[str, Any]  # https://peps.python.org/pep-3333/#environ-variables

PIECE_BYTES = 64 * 1024  # of a body at a time: the server makes room for what is asked for, come or not
MAX_HEADER_CHARS = 2048  # browsers' user agents and origins stay far below; a server takes 64 KB and more


def announced_bytes(environ: Environ) -> int:
    """Return the length that the body has by its header; -1 where there is none (chunked). Raises Refusal."""
    announced: str = environ.get("CONTENT_LENGTH", "")
    length = int(announced) if announced.isdecimal() else -1
    if length > MAX_BODY_BYTES:
        raise too_large()
    return length


def raw_body(environ: Environ, length: int) -> bytes:
    """Return the body as it came, by its bytes, whatever the Content-Type says. Raises Refusal."""
    data = _chunked_body(environ) if length < 0 else _announced_body(environ, length)
    environ[BODY_BYTES] = len(data)
    return data


def _announced_body(environ: Environ, length: int) -> bytes:
    pieces: list[bytes] = []
    while length > 0:
        piece: bytes = environ["wsgi.input"].read(min(length, PIECE_BYTES))
        if not piece:
            raise Refusal("unreadable_body", "the connection broke within the body")
        pieces.append(piece)
        length -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _chunked_body(environ: Environ) -> bytes:
    try:
        return _request(environ).get_data()
    except RequestEntityTooLarge:
        raise too_large() from None
    except ClientDisconnected:
        raise Refusal("unreadable_body", "the connection broke within the body") from None


def source_in_headers(environ: Environ, settings: Settings) -> Source | None:
    """Find the source by the write key outside the body; None when there is no key that is known.

    An unknown one is passed over: a site behind basic authentication sends its own user name along.
    """
    for key in _keys_in_headers(environ):
        if key in settings.source_by_key:
            return settings.source_by_key[key]
    return None


def source_of(environ: Environ, settings: Settings, write_key: str | None) -> Source:
    """Return the source of the body's write key. Raises Refusal(``unknown_write_key``)."""
    source = settings.source_by_key.get(write_key or "")
    if source is None:
        found = "is not known here" if write_key or _keys_in_headers(environ) else "is missing"
        raise Refusal("unknown_write_key", f"the write key {found}; docs/sources.md says where keys are set")
    return source


def default_source(environ: Environ, settings: Settings) -> Source:
    """Return the first source, for a client that knows no keys. Raises Refusal if it sent one all the same."""
    return source_of(environ, settings, None if _keys_in_headers(environ) else next(iter(settings.source_by_key)))


def receipt_of(
    environ: Environ, settings: Settings, source: Source, dialect: str
) -> tuple[Receipt, identity.Device | None]:
    """Stamp the request: now, from whom, by which device (a browser without one gets a new one)."""
    received_at = time.time_ns() // 1000
    origin: str | None = environ.get("HTTP_ORIGIN")
    agent: str | None = environ.get("HTTP_USER_AGENT")
    is_browser = origin is not None or "HTTP_SEC_FETCH_SITE" in environ
    cookies = identity.cookies(environ.get("HTTP_COOKIE"))
    device = identity.device_of(cookies.get(settings.cookie_name), is_browser=is_browser)
    address = client_ip(environ, settings)
    sender = (source.name, address or "", agent or "")
    receipt = Receipt(
        received_at=received_at,
        source=source.name,
        path=environ["PATH_INFO"],
        dialect=dialect,
        device_id=device.id if device else None,
        device_is_new=device.is_new if device else False,
        ga_client_id=ga_cookies.client_id(cookies.get("_ga")),
        ga_sessions=ga_cookies.sessions(cookies),
        ga_fpid=ga_cookies.fpid(cookies.get("FPID")),
        user_agent=agent[:MAX_HEADER_CHARS] if agent else None,
        ip=kept_ip(address, settings.ip),
        origin=origin[:MAX_HEADER_CHARS] if origin else None,
        consent=settings.consent_rules(source, is_signalled=_is_signalled(environ, settings)),
        wallet_key=settings.keys.wallet_key,
        ip_mode=settings.ip,
        strict=source.strict,
        daily_id=partial(_daily_id, settings.keys, received_at, sender, is_browser=is_browser),
    )
    return receipt, device


def _is_signalled(environ: Environ, settings: Settings) -> bool:
    """Tell whether the browser asks not to be tracked, by a signal that is honoured here."""
    gpc = settings.gpc and environ.get("HTTP_SEC_GPC") == "1"  # https://www.w3.org/TR/gpc/
    return gpc or (settings.dnt and environ.get("HTTP_DNT") == "1")


def _daily_id(keys: Keys, received_at: int, sender: tuple[str, str, str], sent: str, *, is_browser: bool) -> str:
    """Make the id of an event without consent. A server's address is nobody's, so there the sent id goes in as well."""
    return daily_id(keys.salt(received_at), *sender, "" if is_browser else sent)


def _keys_in_headers(environ: Environ) -> list[str]:
    """Find the write keys outside the body: Basic user, Bearer, X-Write-Key (``key:secret``), query."""
    found: list[str] = []
    if "HTTP_AUTHORIZATION" in environ:
        found.append(_key_in_authorization(environ))
    if "HTTP_X_WRITE_KEY" in environ:
        found.append(environ["HTTP_X_WRITE_KEY"].partition(":")[0])
    if environ.get("QUERY_STRING"):
        found += _query(environ).get("writeKey", [])[:1]
    return [key for key in found if key]


def _key_in_authorization(environ: Environ) -> str:
    with contextlib.suppress(ValueError):  # what Werkzeug raises where the base64 holds more than ASCII
        authorization = _request(environ).authorization
        return (authorization.username or authorization.token or "") if authorization else ""
    return ""


def is_verbose(environ: Environ) -> bool:
    """Tell whether the answer should list every event."""
    return bool(environ.get("QUERY_STRING")) and "verbose" in _query(environ)


def _query(environ: Environ) -> dict[str, list[str]]:
    """Read the query; Werkzeug raises where raw bytes in it are no UTF-8."""
    return parse_qs(environ["QUERY_STRING"], keep_blank_values=True)


def _request(environ: Environ) -> Request:
    """Read the body up to one byte more than is taken: of a chunked one Werkzeug returns that much, silently."""
    request = Request(environ)
    request.max_content_length = MAX_BODY_BYTES + 1
    return request
