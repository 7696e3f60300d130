"""The Segment HTTP Tracking API, as Segment's and RudderStack's SDKs speak it.

``/v1/batch`` takes ``{"batch": [call, …], "writeKey", "sentAt", "context"}``, the other paths take one call.
Source: https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/ (read 2026-11).
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from ingest_api.body import Refusal
from ingest_api.calls import Receipt, judge, reject
from ingest_api.fields import ABSENT, message_id_in, text_of
from ingest_api.jsontext import children, clean, fault_of, members
from ingest_api.schema import CALL_TYPES, Event, Rejected, RejectReason

# 500 KB hold some 8,000 of the smallest calls; a body of bare commas would become 250,000 rejected rows.
MAX_BATCH_EVENTS = 10_000
CALL_OF_PATH = {
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
    write_key: str | None = None
    sent_at: str | None = None


_batch_decoder = msgspec.json.Decoder(_Envelope)
_key_decoder = msgspec.json.Decoder(_KeyOnly)


def parse_single(body: bytes) -> Parsed:
    """Take the body as the one call that it is; whether it can be read is judged with the event."""
    return Parsed([body])


def parse_batch(body: bytes) -> Parsed:
    """Take a batch apart; one that no parser accepts is cleaned, then split at its brackets.

    Raises Refusal: ``unreadable_body`` when there is no list of events to be found in it, ``too_large``.
    """
    parsed = _parsed(body)
    if len(parsed.events) > MAX_BATCH_EVENTS:
        raise Refusal("too_large", f"the batch has over {MAX_BATCH_EVENTS} events; send smaller ones")
    return parsed


def write_key_of(parsed: Parsed) -> str | None:
    """Find the write key in the body: the envelope's, else the first one in an event."""
    if parsed.write_key:
        return parsed.write_key
    return next(filter(None, map(_key_in, parsed.events)), None)


def rows(parsed: Parsed, receipt: Receipt, call_type: str) -> list[Event | Rejected]:
    """Judge each event alone: what one holds never costs its neighbours."""
    return [_row(raw, receipt, call_type, parsed.sent_at) for raw in parsed.events]


def _parsed(body: bytes) -> Parsed:
    for text in _attempts(body):
        with contextlib.suppress(msgspec.DecodeError, UnicodeError, RecursionError):
            return _decoded(text)
    return _split(text)


def _attempts(raw: bytes) -> Iterator[bytes]:
    yield raw
    yield clean(raw)  # only where the first is refused


def _decoded(body: bytes) -> Parsed:
    envelope = _batch_decoder.decode(body)
    if envelope.batch is None:
        raise Refusal("unreadable_body", "the body needs a list `batch`")
    return Parsed([bytes(raw) for raw in envelope.batch], text_of(envelope.writeKey), text_of(envelope.sentAt))


def _split(body: bytes) -> Parsed:
    around = members(body.decode())
    if around is None:
        raise Refusal("unreadable_body", "the body is no JSON object")
    batch = around.get("batch", "")
    events = children(batch) if batch.startswith("[") else None
    if events is None:
        raise Refusal("unreadable_body", "the body needs a list `batch`")
    return Parsed([event.encode() for event in events], _scalar(around.get("writeKey")), _scalar(around.get("sentAt")))


def _key_in(event: bytes) -> str | None:
    """Find the write key in one event, readable or not."""
    with contextlib.suppress(msgspec.DecodeError, UnicodeError, RecursionError):
        return text_of(_key_decoder.decode(event).writeKey)
    return _scalar((members(clean(event).decode()) or {}).get("writeKey"))


def _scalar(text: str | None) -> str | None:
    with contextlib.suppress(msgspec.DecodeError):
        return text_of(msgspec.Raw(text.encode())) if text else None
    return None


def _row(raw: bytes, receipt: Receipt, call_type: str, sent_at: str | None) -> Event | Rejected:
    for text in _attempts(raw):
        with contextlib.suppress(msgspec.DecodeError, UnicodeError, RecursionError):
            return judge(text, receipt, call_type=call_type, sent_at=sent_at)
    reason, detail = fault_of(text.decode()) or (RejectReason.INVALID_JSON, "the event could not be read")
    return reject(raw, receipt, reason, detail, message_id_in(None, text))
