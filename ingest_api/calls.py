"""One client's call → Event or Rejected. Every dialect ends here, so one set of rules holds for all."""

import hashlib
import json
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ingest_api.clocks import event_time, parse_instant
from ingest_api.jsontext import MAX_DEPTH, depth_of
from ingest_api.schema import CALL_TYPES, Event, Rejected, RejectReason, make_event_id

MAX_EVENT_BYTES = 32 * 1024  # Segment's documented limit of one event
MAX_ORIGINAL_CHARS = 8 * 1024
MAX_ID_CHARS = 512
MAX_NAME_CHARS = 512
MAX_TEXT_CHARS = 8 * 1024
ABSENT = msgspec.Raw(b"")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the request itself says: same for all of its events. ``received_at`` in µs since 1970."""

    received_at: int
    source: str
    path: str
    dialect: str = "segment"
    device_id: str | None = None
    device_is_new: bool = False
    ga_client_id: str | None = None
    user_agent: str | None = None
    ip: str | None = None
    origin: str | None = None


class Call(msgspec.Struct):
    """The fields of a call, each as the text that was sent (`Raw`), so that no digit is lost.

    Names are those of the Segment spec (https://segment.com/docs/connections/spec/common/).
    """

    type: msgspec.Raw = ABSENT
    messageId: msgspec.Raw = ABSENT
    anonymousId: msgspec.Raw = ABSENT
    userId: msgspec.Raw = ABSENT
    groupId: msgspec.Raw = ABSENT
    previousId: msgspec.Raw = ABSENT
    event: msgspec.Raw = ABSENT
    name: msgspec.Raw = ABSENT
    category: msgspec.Raw = ABSENT
    properties: msgspec.Raw = ABSENT
    traits: msgspec.Raw = ABSENT
    context: msgspec.Raw = ABSENT
    timestamp: msgspec.Raw = ABSENT
    originalTimestamp: msgspec.Raw = ABSENT
    sentAt: msgspec.Raw = ABSENT


@dataclass(frozen=True, slots=True)
class _Fault(Exception):
    reason: RejectReason
    detail: str


_call_decoder = msgspec.json.Decoder(Call)


def judge(raw: bytes, receipt: Receipt, *, call_type: str = "", sent_at: str | None = None) -> Event | Rejected:
    """Turn one event's JSON text into a row. ``call_type`` is the path's, ``sent_at`` the batch's.

    Never raises for what an event holds: a refusal is a value. ``raw`` must be UTF-8.
    """
    plain: Any = None
    try:
        if len(raw) > MAX_EVENT_BYTES:
            raise _Fault(RejectReason.TOO_LARGE, f"{len(raw)} bytes; the limit is {MAX_EVENT_BYTES}")
        plain = _decode(raw)
        return _event(_call_decoder.decode(raw), plain, receipt, call_type, sent_at)
    except _Fault as fault:
        return reject(raw.decode("utf-8", "replace"), receipt, fault.reason, fault.detail, _message_id_in(plain))


def reject(
    original: str, receipt: Receipt, reason: RejectReason, detail: str, message_id: str | None = None
) -> Rejected:
    """Build the rejected row; the original is kept up to 8,192 characters, its full size always."""
    return Rejected(
        reason=reason,
        detail=detail,
        message_id=message_id,
        source=receipt.source,
        received_at=receipt.received_at,
        original=original[:MAX_ORIGINAL_CHARS],
        original_bytes=len(original.encode()),
        path=receipt.path,
        ip=receipt.ip,
        origin=receipt.origin,
        user_agent=receipt.user_agent,
        dialect=receipt.dialect,
    )


def _decode(raw: bytes) -> dict[str, Any]:
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and depth_of(raw.decode()) > MAX_DEPTH:
        raise _Fault(RejectReason.TOO_DEEP, f"nested deeper than {MAX_DEPTH}")
    plain = msgspec.json.decode(raw)
    if not isinstance(plain, dict):
        raise _Fault(RejectReason.NOT_AN_OBJECT, "an event is a JSON object")
    return plain


def _event(call: Call, plain: dict[str, Any], receipt: Receipt, call_type: str, batch_sent_at: str | None) -> Event:
    kind = call_type or _type(plain)
    context = _object(call.context, plain, "context")
    properties = _object(call.properties, plain, "properties")
    client_text = text_of(call.originalTimestamp) or text_of(call.timestamp)
    client_at = parse_instant(client_text)
    sent_at = parse_instant(text_of(call.sentAt) or batch_sent_at)
    occurred_at, occurred_from = event_time(receipt.received_at, sent_at, client_at)
    message_id = _id(call.messageId, "messageId") or _made_message_id(plain, client_text)
    anonymous_id, user_id = _id(call.anonymousId, "anonymousId"), _id(call.userId, "userId")
    if not (anonymous_id or user_id or receipt.device_id):
        raise _Fault(RejectReason.MISSING_IDENTITY, "needs anonymousId or userId")
    page = _page(plain)
    return Event(
        event_id=make_event_id(receipt.source, message_id, (client_at or 0) // 1000),
        message_id=message_id,
        source=receipt.source,
        type=kind,
        event_name=_name(kind, call),
        category=_short(call.category),
        received_at=receipt.received_at,
        occurred_at=occurred_at,
        occurred_from=occurred_from,
        client_at=client_at,
        sent_at=sent_at,
        device_id=receipt.device_id,
        device_is_new=receipt.device_is_new,
        anonymous_id=anonymous_id,
        user_id=user_id,
        group_id=_id(call.groupId, "groupId"),
        previous_id=_id(call.previousId, "previousId"),
        ga_client_id=receipt.ga_client_id,
        page_url=page.get("url"),
        page_path=page.get("path") or _path_of(page.get("url")),
        page_title=page.get("title"),
        page_referrer=page.get("referrer"),
        user_agent=_user_agent(plain, receipt),
        ip=receipt.ip,
        origin=receipt.origin,
        dialect=receipt.dialect,
        properties=properties,
        traits=_object(call.traits, plain, "traits"),
        context=context,
    )


def _type(plain: dict[str, Any]) -> str:
    kind = plain.get("type")
    if kind not in CALL_TYPES:
        raise _Fault(RejectReason.UNKNOWN_TYPE, f"type must be one of {', '.join(CALL_TYPES)}")
    return str(kind)


def _name(kind: str, call: Call) -> str | None:
    if kind != "track":
        return _short(call.name)
    name = _short(call.event)
    if not name or not name.strip():
        raise _Fault(RejectReason.MISSING_NAME, "a track call needs `event`, its name")
    return name


def _short(raw: msgspec.Raw) -> str | None:
    text = text_of(raw)
    if text is not None and len(text) > MAX_NAME_CHARS:
        raise _Fault(RejectReason.INVALID_FIELD, f"a name is longer than {MAX_NAME_CHARS} characters")
    return text


def _id(raw: msgspec.Raw, field: str) -> str | None:
    text = text_of(raw)
    if text is None or not text.strip():
        return None  # empty ids are absent, not equal to each other
    if text[0] in "{[" and bytes(raw)[:1] != b'"':
        raise _Fault(RejectReason.INVALID_ID, f"{field} must be a string or a number")
    if len(text) > MAX_ID_CHARS:
        raise _Fault(RejectReason.INVALID_ID, f"{field} is longer than {MAX_ID_CHARS} characters")
    return text


def text_of(raw: msgspec.Raw) -> str | None:
    """Return the text of a scalar: a string's value, a number digit for digit; None when absent or null."""
    data = bytes(raw)
    if not data or data == b"null":
        return None
    return msgspec.json.decode(data, type=str) if data[:1] == b'"' else data.decode()


def _object(raw: msgspec.Raw, plain: dict[str, Any], field: str) -> str | None:
    value = plain.get(field)
    if value is None or value == []:  # PHP writes an empty map as []
        return None
    if not isinstance(value, dict):
        raise _Fault(RejectReason.INVALID_FIELD, f"{field} must be an object")
    return bytes(raw).decode()


def _page(plain: dict[str, Any]) -> dict[str, str]:
    """Page fields of the call: its properties before its context's page."""
    found: dict[str, str] = {}
    context = plain.get("context")
    for part in (context.get("page") if isinstance(context, dict) else None, plain.get("properties")):
        if isinstance(part, dict):
            for field in ("url", "path", "title", "referrer"):
                value = part.get(field)
                if isinstance(value, str) and value:
                    found[field] = value[:MAX_TEXT_CHARS]
    return found


def _path_of(url: str | None) -> str | None:
    try:
        return urlsplit(url).path or "/" if url else None
    except ValueError:
        return None


def _user_agent(plain: dict[str, Any], receipt: Receipt) -> str | None:
    context = plain.get("context")
    agent = context.get("userAgent") if isinstance(context, dict) else None
    if isinstance(agent, str) and agent:
        return agent[:MAX_TEXT_CHARS]
    return receipt.user_agent if receipt.origin else None  # a server SDK's own agent says nothing of a visitor


def _made_message_id(plain: dict[str, Any], client_text: str | None) -> str:
    """Where a client sends no id: a hash of the event itself, so that a retry is a copy of it.

    Never of ``sentAt``, which differs between tries. Without any timestamp two equal events may be two acts,
    so the id is random.
    """
    if client_text is None:
        return str(uuid.uuid4())
    rest = {key: value for key, value in plain.items() if key not in ("sentAt", "writeKey")}
    canonical = json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"hash-{hashlib.sha256(canonical.encode()).hexdigest()[:40]}"


def _message_id_in(plain: Any) -> str | None:
    value = plain.get("messageId") if isinstance(plain, dict) else None
    return str(value)[:MAX_ID_CHARS] if isinstance(value, str | int) and value != "" else None
