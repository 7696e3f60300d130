"""``POST /events``: the contract of the system that this one replaces.

``{"clientId": str, "userId": str, "timestamp": ms, "event": {"name": str, "params": {…}}}``; no write key.
Each body is rewritten, text for text, as a Segment track call, so one set of rules judges both.
"""

import contextlib
import json

import msgspec

from ingest_api.body import Refusal
from ingest_api.calls import ABSENT, Receipt
from ingest_api.dialects import segment
from ingest_api.jsontext import clean
from ingest_api.schema import Event, Rejected


class _Named(msgspec.Struct):
    name: msgspec.Raw = ABSENT
    params: msgspec.Raw = ABSENT


class _Body(msgspec.Struct):
    clientId: msgspec.Raw = ABSENT
    userId: msgspec.Raw = ABSENT
    timestamp: msgspec.Raw = ABSENT
    event: msgspec.Raw = ABSENT


_decoder = msgspec.json.Decoder(_Body)
_named_decoder = msgspec.json.Decoder(_Named)


def parse(body: bytes) -> segment.Parsed:
    """Rewrite the body as one track call. Raises Refusal when it is no JSON object."""
    for text in (body, clean(body)):
        with contextlib.suppress(msgspec.DecodeError, UnicodeError, RecursionError):
            return segment.Parsed([_as_track(_decoder.decode(text))], None, None)
    raise Refusal("unreadable_body", "the body is no JSON object with clientId, userId, timestamp and event")


def rows(parsed: segment.Parsed, receipt: Receipt) -> list[Event | Rejected]:
    """Judge the one event."""
    return segment.rows(parsed, receipt, "track")


def _as_track(body: _Body) -> bytes:
    named = _Named()
    with contextlib.suppress(msgspec.DecodeError):  # `event` is no object: judged below as a missing name
        named = _named_decoder.decode(bytes(body.event) or b"{}")
    fields = {
        "anonymousId": body.clientId,
        "userId": body.userId,
        "timestamp": body.timestamp,
        "event": named.name,
        "properties": named.params,
    }
    members = [json.dumps(name).encode() + b":" + bytes(raw) for name, raw in fields.items() if bytes(raw)]
    return b"{" + b",".join(members) + b"}"
