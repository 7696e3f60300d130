"""The fields of one call, read from the text that was sent: no digit of a number is lost. Pure functions."""

import contextlib
import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ingest_api.jsontext import UNREADABLE, members
from ingest_api.schema import CALL_TYPES, RejectReason

MAX_ID_CHARS = 512
MAX_NAME_CHARS = 512
MAX_TEXT_CHARS = 8 * 1024
MAX_KEYS = 1000  # in one event, all levels together; the largest real ones seen have some 120
MAX_KEY_CHARS = 512
PAGE = ("url", "path", "title", "referrer")
ABSENT = msgspec.Raw(b"")


class OddText(str):
    """The JSON text of what is neither a string nor a number where one is meant: ``true``, an object, a list."""

    __slots__ = ()


@dataclass(slots=True)
class Fault(Exception):
    """Why an event is refused; ``calls.judge`` turns it into a Rejected."""

    reason: RejectReason
    detail: str


def text_of(raw: msgspec.Raw) -> str | None:
    """Return the text of a scalar: a string's value, a number digit for digit; None when absent or null."""
    data = bytes(raw)
    if not data or data == b"null":
        return None
    return msgspec.json.decode(data, type=str) if data[:1] == b'"' else data.decode()


def scalar_in(text: str | None) -> str | None:
    """Return the text of a scalar cut out of JSON that no parser accepts; None where it is none."""
    with contextlib.suppress(msgspec.DecodeError):
        return text_of(msgspec.Raw(text.encode())) if text else None
    return None


def call_type_of(text: str | None) -> str:
    """Return the type that a call of a batch says."""
    if text not in CALL_TYPES:
        raise Fault(RejectReason.UNKNOWN_TYPE, f"type must be one of {', '.join(CALL_TYPES)}")
    return text


def id_of(text: str | None, field: str) -> str | None:
    """Return an id, a string or a number as text. Empty ids are absent, not equal to each other."""
    if text is None or not text.strip():
        return None
    if type(text) is OddText:
        raise Fault(RejectReason.INVALID_ID, f"{field} must be a string or a number")
    if len(text) > MAX_ID_CHARS:
        raise Fault(RejectReason.INVALID_ID, f"{field} is longer than {MAX_ID_CHARS} characters")
    return text


def check_keys(plain: dict[str, Any]) -> None:
    """Refuse an event with too many keys or too long ones."""
    keys = list(_keys(plain))
    if len(keys) > MAX_KEYS:
        raise Fault(RejectReason.TOO_MANY_KEYS, f"{len(keys)} keys; the limit is {MAX_KEYS}")
    if any(len(key) > MAX_KEY_CHARS for key in keys):
        raise Fault(RejectReason.INVALID_FIELD, f"a key is longer than {MAX_KEY_CHARS} characters")


def name_of(text: str | None) -> str | None:
    """Return a name (event, page, category) as sent; a number as its text."""
    if text is None:
        return None
    if type(text) is OddText:
        raise Fault(RejectReason.INVALID_FIELD, "a name must be a string")
    if len(text) > MAX_NAME_CHARS:
        raise Fault(RejectReason.INVALID_FIELD, f"a name is longer than {MAX_NAME_CHARS} characters")
    return text


def track_name_of(text: str | None) -> str:
    """Return the name that a track call must have."""
    name = name_of(text)
    if not name or not name.strip():
        raise Fault(RejectReason.MISSING_NAME, "a track call needs `event`, its name")
    return name


def page_of(properties: object, page: object) -> dict[str, str]:
    """Return url, path, title and referrer: the call's properties before its context's page."""
    found: dict[str, str] = {}
    for part in (page, properties):
        if isinstance(part, dict):
            for field in PAGE:
                value = part.get(field)
                if isinstance(value, str) and value:
                    found[field] = value[:MAX_TEXT_CHARS]
    return found


def path_of(url: str | None) -> str | None:
    """Return the path of a URL; None where there is none to read."""
    try:
        return urlsplit(url).path or "/" if url else None
    except ValueError:
        return None


def user_agent_of(context: object) -> str | None:
    """Return the user agent that a context names. A server SDK's own says nothing of a visitor."""
    agent = context.get("userAgent") if isinstance(context, dict) else None
    return agent[:MAX_TEXT_CHARS] if isinstance(agent, str) and agent else None


def made_message_id(raw: bytes, client_text: str | None) -> str:
    """Make an id where a client sends none: a hash of the event itself, so that a retry is a copy of it.

    Never of ``sentAt``, which differs between tries. Numbers count digit by digit: two amounts that differ in
    the 19th are two events. Without any timestamp two equal events may be two acts, so the id is random.
    """
    if client_text is None:
        return str(uuid.uuid4())
    event = json.loads(raw, parse_int=_number, parse_float=_number)
    rest = {key: value for key, value in event.items() if key not in ("sentAt", "writeKey")}
    canonical = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return f"hash-{hashlib.sha256(canonical.encode()).hexdigest()[:40]}"


def message_id_in(raw: bytes) -> str | None:
    """Return the message id of an event that is refused, also of one that is no JSON."""
    value = None
    with contextlib.suppress(*UNREADABLE):
        value = _message_id(raw)
    return str(value)[:MAX_ID_CHARS] if isinstance(value, str | int) and value != "" else None


def _message_id(raw: bytes) -> object:
    try:
        plain = msgspec.json.decode(raw)
    except UNREADABLE:
        found = members(raw.decode("utf-8", "replace")) or {}
        return msgspec.json.decode(found.get("messageId", "null"))
    return plain.get("messageId") if isinstance(plain, dict) else None


def may_hold_a_long_string(raw: bytes) -> bool:
    """Leap from quote to quote, each the last within a key's length: a regular expression takes 7 us a kilobyte."""
    at, last = 0, len(raw) - MAX_KEY_CHARS
    while 0 <= at < last:
        at = raw.rfind(b'"', at + 1, at + 1 + MAX_KEY_CHARS)
    return at < 0 or raw.find(b"\\") >= 0  # quotes may be parts of a key


def _keys(value: object) -> Iterator[str]:
    """Yield every key of every object in it."""
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(inner)


def _number(text: str) -> list[str]:
    return ["number", text]  # no event can look like this but one that says the same
