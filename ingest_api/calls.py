"""One client's call → Event or Rejected. Every dialect ends here, so one set of rules holds for all."""

from typing import Any

import msgspec

from ingest_api import fields
from ingest_api.clocks import event_time, parse_instant
from ingest_api.fields import ABSENT, Fault, text_of
from ingest_api.jsontext import MAX_DEPTH, depth_of
from ingest_api.schema import Event, Rejected, RejectReason, make_event_id

MAX_EVENT_BYTES = 32 * 1024  # Segment's documented limit of one event
MAX_ORIGINAL_CHARS = 8 * 1024


class Receipt(msgspec.Struct, frozen=True):
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


_call_decoder = msgspec.json.Decoder(Call)


def judge(raw: bytes, receipt: Receipt, *, call_type: str = "", sent_at: str | None = None) -> Event | Rejected:
    """Turn one event's JSON text into a row. ``call_type`` is the path's, ``sent_at`` the batch's.

    A refusal is a value. Raises msgspec.DecodeError, UnicodeError or RecursionError where ``raw`` is not the
    JSON that msgspec reads: ``posts.rows`` cleans it and tries again.
    """
    plain: Any = None
    try:
        if len(raw) > MAX_EVENT_BYTES:
            raise Fault(RejectReason.TOO_LARGE, f"{len(raw)} bytes; the limit is {MAX_EVENT_BYTES}")
        plain = _decode(raw)
        return _event(raw, plain, receipt, call_type, sent_at)
    except Fault as fault:
        return reject(raw, receipt, fault.reason, fault.detail, fields.message_id_in(plain, raw))


def reject(
    original: bytes, receipt: Receipt, reason: RejectReason, detail: str, message_id: str | None = None
) -> Rejected:
    """Build the rejected row; the original is kept up to 8,192 characters, its full size always."""
    return Rejected(
        reason=reason,
        detail=detail,
        message_id=message_id,
        source=receipt.source,
        received_at=receipt.received_at,
        original=text_of_original(original),
        original_bytes=len(original),
        path=receipt.path,
        ip=receipt.ip,
        origin=receipt.origin,
        user_agent=receipt.user_agent,
        dialect=receipt.dialect,
    )


def text_of_original(original: bytes) -> str:
    """Return what is kept of a refused event's bytes; those that are no UTF-8 as ``\\xff``."""
    return original[: MAX_ORIGINAL_CHARS * 4].decode("utf-8", "backslashreplace")[:MAX_ORIGINAL_CHARS]


def _decode(raw: bytes) -> dict[str, Any]:
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and depth_of(raw.decode()) > MAX_DEPTH:
        raise Fault(RejectReason.TOO_DEEP, f"nested deeper than {MAX_DEPTH}")
    plain = msgspec.json.decode(raw)
    if not isinstance(plain, dict):
        raise Fault(RejectReason.NOT_AN_OBJECT, "an event is a JSON object")
    fields.check_keys(raw, plain)
    return plain


def _event(raw: bytes, plain: dict[str, Any], receipt: Receipt, call_type: str, batch_sent_at: str | None) -> Event:
    call = _call_decoder.decode(raw)
    client_text = text_of(call.originalTimestamp) or text_of(call.timestamp)
    client_at, sent_at = parse_instant(client_text), parse_instant(text_of(call.sentAt))
    if sent_at is None:
        sent_at = parse_instant(batch_sent_at)
    occurred_at, occurred_from = event_time(receipt.received_at, sent_at, client_at)
    kind = call_type or fields.call_type_of(plain)
    anonymous_id, user_id = fields.id_of(call.anonymousId, "anonymousId"), fields.id_of(call.userId, "userId")
    if not (anonymous_id or user_id or receipt.device_id):
        raise Fault(RejectReason.MISSING_IDENTITY, "needs anonymousId or userId")
    group_id, previous_id = fields.id_of(call.groupId, "groupId"), fields.id_of(call.previousId, "previousId")
    fields.check_required(kind, group_id, previous_id)
    message_id = fields.id_of(call.messageId, "messageId") or fields.made_message_id(raw, client_text)
    page = fields.page_of(plain)
    # Longer than the rest: one line a column is easier to check than any way of splitting it.
    return Event(
        event_id=make_event_id(receipt.source, message_id, (client_at or 0) // 1000),
        message_id=message_id,
        source=receipt.source,
        type=kind,
        event_name=fields.track_name_of(call.event) if kind == "track" else fields.name_of(call.name),
        category=fields.name_of(call.category),
        received_at=receipt.received_at,
        occurred_at=occurred_at,
        occurred_from=occurred_from,
        client_at=client_at,
        sent_at=sent_at,
        device_id=receipt.device_id,
        device_is_new=receipt.device_is_new,
        anonymous_id=anonymous_id,
        user_id=user_id,
        group_id=group_id,
        previous_id=previous_id,
        ga_client_id=receipt.ga_client_id,
        page_url=page.get("url"),
        page_path=page.get("path") or fields.path_of(page.get("url")),
        page_title=page.get("title"),
        page_referrer=page.get("referrer"),
        user_agent=fields.user_agent_of(plain) or (receipt.user_agent if receipt.origin else None),
        ip=receipt.ip,
        origin=receipt.origin,
        dialect=receipt.dialect,
        properties=fields.object_of(call.properties, plain, "properties"),
        traits=fields.object_of(call.traits, plain, "traits"),
        context=fields.object_of(call.context, plain, "context"),
    )
