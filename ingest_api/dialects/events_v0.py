"""``POST /events``: the contract of the system that this one replaces.

``{"clientId": str, "userId": str, "timestamp": ms, "event": {"name": str, "params": {…}}}``; no write key.
Each body is rewritten, text for text, as a Segment track call. A refused one keeps the body as it was sent.
"""

import contextlib
import json

import msgspec

from ingest_api.dialects import Dialect, Parsed
from ingest_api.fields import ABSENT
from ingest_api.jsontext import UNREADABLE, attempts


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


def parse(body: bytes) -> Parsed:
    """Take the body as one track call. One that cannot be read stays as it is, and is judged so."""
    return Parsed([_rewritten(body)], "track", originals=[body])


def _rewritten(body: bytes) -> bytes:
    for text in attempts(body):
        with contextlib.suppress(*UNREADABLE):
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


DIALECT = Dialect(name="events_v0", posts={"/events": parse}, needs_key=False)
