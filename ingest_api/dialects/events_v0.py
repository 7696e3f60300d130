"""``POST /events``: the contract of the system that this one replaces.

``{"clientId": str, "userId": str, "timestamp": ms, "event": {"name": str, "params": {…}}}``; no write key.
Each body is rewritten, text for text, as a Segment track call, so one set of rules judges both.
"""

import contextlib
import json

import msgspec

from ingest_api.calls import Receipt, text_of_original
from ingest_api.dialects import segment
from ingest_api.fields import ABSENT
from ingest_api.jsontext import clean
from ingest_api.schema import Event, Rejected


class _Body(msgspec.Struct):
    clientId: msgspec.Raw = ABSENT
    userId: msgspec.Raw = ABSENT
    timestamp: msgspec.Raw = ABSENT
    event: msgspec.Raw = ABSENT


class _Named(msgspec.Struct):
    name: msgspec.Raw = ABSENT
    params: msgspec.Raw = ABSENT


_decoder = msgspec.json.Decoder(_Body)
_named_decoder = msgspec.json.Decoder(_Named)


def rows(body: bytes, receipt: Receipt) -> list[Event | Rejected]:
    """Judge the body's one event. A refused one keeps the body as it was sent."""
    parsed = segment.Parsed([_rewritten(body)])
    return [_with_original(row, body) for row in segment.rows(parsed, receipt, "track")]


def _with_original(row: Event | Rejected, body: bytes) -> Event | Rejected:
    if isinstance(row, Event):
        return row
    return msgspec.structs.replace(row, original=text_of_original(body), original_bytes=len(body))


def _rewritten(body: bytes) -> bytes:
    """Rewrite the body as one track call. One that cannot be read stays as it is, and is judged so."""
    for text in (body, clean(body)):
        with contextlib.suppress(msgspec.DecodeError, UnicodeError, RecursionError):
            return _as_track(_decoder.decode(text))
    return body


def _as_track(body: _Body) -> bytes:
    named = _Named()
    if bytes(body.event)[:1] == b"{":  # else it is judged as a missing name
        named = _named_decoder.decode(body.event)
    fields = {
        "anonymousId": body.clientId,
        "userId": body.userId,
        "timestamp": body.timestamp,
        "event": named.name,
        "properties": named.params,
    }
    members = [json.dumps(name).encode() + b":" + bytes(raw) for name, raw in fields.items() if bytes(raw)]
    return b"{" + b",".join(members) + b"}"
