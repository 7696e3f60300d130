"""The calls of one request → Accepted or Rejected. Every dialect ends here, so one set of rules holds for all."""

import functools

import msgspec

from ingest_api import fields, scrub
from ingest_api.catalogue import make_judge
from ingest_api.clocks import event_time, parse_instant
from ingest_api.fields import Fault
from ingest_api.parts import page_of, stored
from ingest_api.reading import Call, decoded, read
from ingest_api.receipt import Receipt
from ingest_api.records import Accepted, Own, Row
from ingest_api.refused import reject
from ingest_api.request import Request
from ingest_api.schema import RejectReason, make_event_id
from ingest_api.wallets import wallets_of

PAGE = frozenset(fields.PAGE)

_off_plan = functools.cache(make_judge)  # at the first event: an import does no work


def judge(raw: bytes, request: Request) -> Row:
    """Turn one event's JSON text into a row.

    A refusal is a value. Raises msgspec.DecodeError, UnicodeError or RecursionError where ``raw`` is not the
    JSON that msgspec reads: ``posts.rows`` cleans it and tries again.
    """
    try:
        return _accepted(raw, read(raw), request)
    except Fault as fault:
        return reject(raw, request, fault.reason, fault.detail, fields.message_id_in(raw))


def _accepted(raw: bytes, call: Call, request: Request) -> Accepted:
    """Judge field by field; the first fault is the one that is told."""
    receipt = request.receipt
    properties, traits, context = decoded(call.properties), decoded(call.traits), request.context_of(call.context)
    client_text = call.originalTimestamp or call.timestamp
    client_at, sent_at = parse_instant(client_text), request.sent_at_of(call.sentAt)
    occurred_at, occurred_from = event_time(receipt.received_at, sent_at, client_at)
    kind = request.call_type or fields.call_type_of(call.type)
    group_id, previous_id, anonymous_id, user_id = _ids(call, kind)
    if not (anonymous_id or user_id or receipt.device_id):
        raise Fault(RejectReason.MISSING_IDENTITY, "needs anonymousId or userId")
    message_id = fields.id_of(call.messageId, "messageId") or fields.made_message_id(raw, client_text)
    name = fields.track_name_of(call.event) if kind == "track" else fields.name_of(call.name)
    category = fields.name_of(call.category)
    off_plan = _plan_fault(name, properties, receipt) if kind == "track" and name else None
    properties_text, masked = stored("properties", call.properties, properties, receipt.ip_mode)
    traits_text, masked_traits = stored("traits", call.traits, traits, receipt.ip_mode)
    wallets = wallets_of(
        (properties, traits, context.traits), (user_id, anonymous_id, previous_id), receipt.wallet_key, call.event
    )
    own = Own(  # by position, in the order of its fields: 0.1 us, where twenty names cost 0.7
        make_event_id(receipt.source, message_id, (client_at or 0) // 1000),
        message_id,
        kind,
        occurred_at,
        occurred_from,
        name,
        category,
        client_at,
        sent_at,
        anonymous_id,
        user_id,
        group_id,
        previous_id,
        wallets,
        properties_text,
        traits_text,
        context.scrubbed + masked + masked_traits,
        off_plan,
        None,  # device_id: that of the request
        page_of(properties, context.page) if properties and not PAGE.isdisjoint(properties) else None,
    )
    return Accepted(context.row, own if context.names_sender else _anonymous(own, receipt))


def _ids(call: Call, kind: str) -> tuple[str | None, str | None, str | None, str | None]:
    """Return group, previous, anonymous and user id. A call without the id that it is about is refused.

    Segment's and RudderStack's SDKs do not send such calls.
    Source: https://segment.com/docs/connections/spec/group/ and /alias/ (read 2026-11).
    """
    group_id, previous_id = fields.id_of(call.groupId, "groupId"), fields.id_of(call.previousId, "previousId")
    if kind == "group" and group_id is None:
        raise Fault(RejectReason.MISSING_FIELD, "a group call needs `groupId`")
    if kind == "alias" and previous_id is None:
        raise Fault(RejectReason.MISSING_FIELD, "an alias call needs `previousId`")
    return group_id, previous_id, fields.id_of(call.anonymousId, "anonymousId"), fields.id_of(call.userId, "userId")


def _plan_fault(name: str, properties: object, receipt: Receipt) -> str | None:
    """Return why a track call does not keep to the catalogue; a strict source refuses it for that."""
    reason = _off_plan()(name, properties, receipt.strict)
    if reason and receipt.strict:
        raise Fault(RejectReason.OFF_PLAN, reason)
    return reason


def _anonymous(own: Own, receipt: Receipt) -> Own:
    """Take from an event without consent all that says whose it is, but for an id that changes daily."""
    sent = own.anonymous_id or own.user_id or ""
    return msgspec.structs.replace(
        own,
        device_id=receipt.daily_id(sent) if receipt.daily_id else None,
        anonymous_id=None,
        user_id=None,
        group_id=None,
        previous_id=None,
        wallets=None,
        properties=scrub.anonymous("properties", own.properties),
        traits=None,
    )
