"""The Segment HTTP Tracking API, as Segment's and RudderStack's SDKs speak it.

``/v1/batch`` takes ``{"batch": [call, …], "writeKey", "sentAt", "context"}``, the other paths take one call.
Source: https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/ (read 2026-11).
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from ingest_api.body import Refusal
from ingest_api.calls import ABSENT, Receipt, judge, reject, text_of
from ingest_api.jsontext import children, clean, fault_of, members
from ingest_api.schema import CALL_TYPES, Event, Rejected, RejectReason

PATHS = {
    **{name: name for name in CALL_TYPES},
    **{"t": "track", "p": "page", "s": "screen", "i": "identify", "g": "group", "a": "alias"},
}


class _Envelope(msgspec.Struct):
    batch: list[msgspec.Raw] | None = None
    writeKey: msgspec.Raw = ABSENT
    sentAt: msgspec.Raw = ABSENT


class _KeyOnly(msgspec.Struct):
    writeKey: msgspec.Raw = ABSENT


@dataclass(frozen=True, slots=True)
class Parsed:
    """A body taken apart: each event's JSON text, and what its envelope says."""

    events: list[bytes]
    write_key: str | None
    sent_at: str | None


_batch_decoder = msgspec.json.Decoder(_Envelope)
_key_decoder = msgspec.json.Decoder(_KeyOnly)


def parse(body: bytes, *, batch: bool) -> Parsed:
    """Take a body apart; a body that no parser accepts is split at its brackets.

    Raises Refusal(``unreadable_body``) when there is no event to be found in it.
    """
    try:
        return _parse(body.decode().encode(), batch)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    body = clean(body)
    try:
        return _parse(body, batch)
    except (msgspec.DecodeError, RecursionError):
        return _split(body, batch)


def rows(parsed: Parsed, receipt: Receipt, call_type: str) -> list[Event | Rejected]:
    """Judge each event alone: what one holds never costs its neighbours."""
    return [_row(raw, receipt, call_type, parsed.sent_at) for raw in parsed.events]


def _row(raw: bytes, receipt: Receipt, call_type: str, sent_at: str | None) -> Event | Rejected:
    for text in _attempts(raw):
        with contextlib.suppress(msgspec.DecodeError, UnicodeError, RecursionError):
            return judge(text, receipt, call_type=call_type, sent_at=sent_at)
    reason, detail = fault_of(text.decode()) or (RejectReason.INVALID_JSON, "the event could not be read")
    return reject(text.decode(), receipt, reason, detail)


def _attempts(raw: bytes) -> Iterator[bytes]:
    yield raw
    yield clean(raw)  # only where the first is refused


def _parse(body: bytes, batch: bool) -> Parsed:
    if not batch:
        return Parsed([body], text_of(_key_decoder.decode(body).writeKey), None)
    envelope = _batch_decoder.decode(body)
    if envelope.batch is None:
        raise Refusal("unreadable_body", "the body needs a list `batch`")
    events = [bytes(raw) for raw in envelope.batch]
    write_key = text_of(envelope.writeKey) or (_key_of(events[0]) if events else None)
    return Parsed(events, write_key, text_of(envelope.sentAt))


def _key_of(event: bytes) -> str | None:
    try:
        return text_of(_key_decoder.decode(event).writeKey)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _split(body: bytes, batch: bool) -> Parsed:
    around = members(body.decode())
    if around is None:
        raise Refusal("unreadable_body", "the body is no JSON object")
    write_key, sent_at = (_scalar(around.get(field)) for field in ("writeKey", "sentAt"))
    if not batch:
        return Parsed([body], write_key, None)
    events = children(around.get("batch", "")) if around.get("batch", "").startswith("[") else None
    if events is None:
        raise Refusal("unreadable_body", "the body needs a list `batch`")
    return Parsed([event.encode() for event in events], write_key, sent_at)


def _scalar(text: str | None) -> str | None:
    try:
        return text_of(msgspec.Raw(text.encode())) if text else None
    except msgspec.DecodeError:
        return None
