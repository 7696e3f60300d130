"""One client's call → Event or Rejected. Every dialect ends here, so one set of rules holds for all."""

import functools
from collections.abc import Callable
from typing import Any

import msgspec

from ingest_api import fields, scrub
from ingest_api.catalogue import make_judge
from ingest_api.clocks import event_time, parse_instant
from ingest_api.consent import Consent, Rules, consent_of
from ingest_api.fields import ABSENT, Fault, text_of
from ingest_api.jsontext import MAX_DEPTH, depth_of
from ingest_api.privacy import IpMode
from ingest_api.schema import Event, Rejected, RejectReason, make_event_id
from ingest_api.wallets import wallets_of

MAX_EVENT_BYTES = 32 * 1024  # Segment's documented limit of one event
MAX_ORIGINAL_CHARS = 8 * 1024
DEFAULT_RULES = Rules()

_off_plan = functools.cache(make_judge)  # at the first event: an import does no work


class Receipt(msgspec.Struct, frozen=True):
    """What the request itself says: same for all of its events. ``received_at`` in µs since 1970.

    ``daily_id`` makes the id of an event without consent from the ids that it sent.
    """

    received_at: int
    source: str
    path: str
    dialect: str = "segment"
    device_id: str | None = None
    device_is_new: bool = False
    ga_client_id: str | None = None
    ga_sessions: str | None = None
    ga_fpid: str | None = None
    user_agent: str | None = None
    ip: str | None = None
    origin: str | None = None
    consent: Rules = DEFAULT_RULES
    wallet_key: bytes = b""
    ip_mode: IpMode = "truncated"
    strict: bool = False
    daily_id: Callable[[str], str] | None = None


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
        **kept_original(original, receipt),
        path=receipt.path,
        ip=receipt.ip,
        origin=receipt.origin,
        user_agent=receipt.user_agent,
        dialect=receipt.dialect,
    )


def kept_original(original: bytes, receipt: Receipt) -> dict[str, Any]:
    """Return the columns that keep a refused event: its text, cut and scrubbed; no UTF-8 becomes ``\\xff``."""
    text = original[: MAX_ORIGINAL_CHARS * 4].decode("utf-8", "backslashreplace")[:MAX_ORIGINAL_CHARS]
    kept, scrubbed = scrub.scrubbed_original(text, receipt.ip_mode)
    return {"original": kept, "original_bytes": len(original), "scrubbed": scrubbed}


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
    consent = consent_of(plain.get("context"), receipt.consent)
    who = _who(call, plain, kind, receipt, consent)
    message_id = fields.id_of(call.messageId, "messageId") or fields.made_message_id(raw, client_text)
    name = fields.track_name_of(call.event) if kind == "track" else fields.name_of(call.name)
    return Event(
        event_id=make_event_id(receipt.source, message_id, (client_at or 0) // 1000),
        message_id=message_id,
        source=receipt.source,
        type=kind,
        event_name=name,
        category=fields.name_of(call.category),
        received_at=receipt.received_at,
        occurred_at=occurred_at,
        occurred_from=occurred_from,
        client_at=client_at,
        sent_at=sent_at,
        user_agent=fields.user_agent_of(plain) or (receipt.user_agent if receipt.origin else None),
        ip=receipt.ip,
        origin=receipt.origin,
        dialect=receipt.dialect,
        consent=consent.state,
        consent_categories=consent.categories,
        off_plan=_plan_fault(name, plain, receipt) if kind == "track" and name else None,
        **who,
        **_page(plain),
        **_payload(call, plain, receipt, consent),
    )


def _plan_fault(name: str, plain: dict[str, Any], receipt: Receipt) -> str | None:
    """Return why a track call does not keep to the catalogue; a strict source refuses it for that."""
    reason = _off_plan()(name, plain.get("properties"), receipt.strict)
    if reason and receipt.strict:
        raise Fault(RejectReason.OFF_PLAN, reason)
    return reason


def _who(call: Call, plain: dict[str, Any], kind: str, receipt: Receipt, consent: Consent) -> dict[str, Any]:
    """Columns that say whose event it is; without consent only an id that changes daily."""
    group_id, previous_id = fields.id_of(call.groupId, "groupId"), fields.id_of(call.previousId, "previousId")
    fields.check_required(kind, group_id, previous_id)
    anonymous_id, user_id = fields.id_of(call.anonymousId, "anonymousId"), fields.id_of(call.userId, "userId")
    if not (anonymous_id or user_id or receipt.device_id):
        raise Fault(RejectReason.MISSING_IDENTITY, "needs anonymousId or userId")
    if not consent.is_given:
        sent = anonymous_id or user_id or ""
        return {"device_id": receipt.daily_id(sent) if receipt.daily_id else None}
    return {
        "device_id": receipt.device_id,
        "device_is_new": receipt.device_is_new,
        "anonymous_id": anonymous_id,
        "user_id": user_id,
        "group_id": group_id,
        "previous_id": previous_id,
        "ga_client_id": receipt.ga_client_id,
        "ga_sessions": receipt.ga_sessions,
        "ga_fpid": receipt.ga_fpid,
        "wallets": wallets_of(plain, (user_id, anonymous_id, previous_id), receipt.wallet_key),
    }


def _page(plain: dict[str, Any]) -> dict[str, Any]:
    """Columns of the page, scrubbed."""
    page = {field: scrub.masked(field, text) for field, text in fields.page_of(plain).items()}
    url = page.get("url")
    return {
        "page_url": url,
        "page_path": page.get("path") or fields.path_of(url),
        "page_title": page.get("title"),
        "page_referrer": page.get("referrer"),
    }


def _payload(call: Call, plain: dict[str, Any], receipt: Receipt, consent: Consent) -> dict[str, Any]:
    """The JSON columns: the sender's own text, scrubbed, and in how many values something was masked."""
    texts = {
        "properties": fields.object_of(call.properties, plain, "properties"),
        "traits": fields.object_of(call.traits, plain, "traits"),
        "context": fields.object_of(call.context, plain, "context"),
    }
    scrubbed = 0
    for name, text in texts.items():
        if text is None:
            continue
        if "ip" in plain[name] and scrub.needs_cutting(plain[name], receipt.ip_mode):
            texts[name] = text = scrub.cut_json(text, receipt.ip_mode)
        if scrub.needs_scrubbing(plain[name]):
            texts[name], count = scrub.scrubbed_json(text)
            scrubbed += count
    return {**(texts if consent.is_given else scrub.anonymous(texts)), "scrubbed": scrubbed}
