"""One event's JSON text → its fields, each scalar as the text that was sent, so that no digit is lost. Pure functions.

Two decoders read the same: where every scalar is a string and every field is one that SDKs send, as in nearly all
events, one C call fills a ``Call``; where a number or another value stands for one, each is taken from its own text.
"""

from typing import Any

import msgspec

from ingest_api.fields import ABSENT, MAX_KEYS, Fault, OddText, check_keys, may_hold_a_long_string, text_of
from ingest_api.jsontext import MAX_DEPTH, depth_of
from ingest_api.schema import RejectReason

MAX_EVENT_BYTES = 32 * 1024  # Segment's documented limit of one event


class Call(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """The fields of a call: scalars as their text (``OddText`` where they are none), the parts as they were sent.

    Names are those of the Segment spec (https://segment.com/docs/connections/spec/common/). The last ones are not
    used: SDKs send them, and what is decoded is known to be JSON, which msgspec's passing over a field does not show
    (it takes 1e400 and bytes that are no UTF-8).
    """

    type: str | None = None
    messageId: str | None = None
    anonymousId: str | None = None
    userId: str | None = None
    groupId: str | None = None
    previousId: str | None = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    timestamp: str | None = None
    originalTimestamp: str | None = None
    sentAt: str | None = None
    properties: msgspec.Raw = ABSENT
    traits: msgspec.Raw = ABSENT
    context: msgspec.Raw = ABSENT
    integrations: Any = None
    writeKey: Any = None
    channel: Any = None
    _metadata: Any = None


PARTS = ("properties", "traits", "context")
SCALARS = Call.__struct_fields__[: Call.__struct_fields__.index(PARTS[0])]
_usual = msgspec.json.Decoder(Call).decode
_odd = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_plain = msgspec.json.Decoder().decode


def read(raw: bytes) -> Call:
    """Return an event's fields; the parts are not decoded yet.

    Raises Fault where it is refused as a whole, and msgspec.DecodeError, UnicodeError or RecursionError where it,
    or anything in it outside of the parts, is not the JSON that msgspec reads.
    """
    if len(raw) > MAX_EVENT_BYTES:
        raise Fault(RejectReason.TOO_LARGE, f"{len(raw)} bytes; the limit is {MAX_EVENT_BYTES}")
    colons = raw.count(b":")
    if colons >= MAX_DEPTH or raw.find(b"[") >= 0:  # a level of objects needs a colon
        check_depth(raw)
    if colons > MAX_KEYS or may_hold_a_long_string(raw):
        check_keys(_object(raw))
    try:
        return _usual(raw)
    except msgspec.ValidationError:
        _object(raw)  # what no field holds must be JSON too
        return read_odd(raw)


def decoded(part: msgspec.Raw) -> Any:
    """Decode one of ``PARTS``; None where it is absent. Raises as ``read`` does where it is not JSON."""
    return None if part is ABSENT else _plain(part)


def _object(raw: bytes) -> dict[str, Any]:
    plain = _plain(raw)
    if type(plain) is not dict:
        raise Fault(RejectReason.NOT_AN_OBJECT, "an event is a JSON object")
    return plain


def check_depth(raw: bytes) -> None:
    """Refuse an event that is nested too deep; one that has too few brackets for it is not walked through."""
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and depth_of(raw.decode()) > MAX_DEPTH:
        raise Fault(RejectReason.TOO_DEEP, f"nested deeper than {MAX_DEPTH}")


def read_odd(raw: bytes) -> Call:
    """Read a call whose scalars may be anything."""
    texts = _odd(raw)
    call = Call()
    for field in SCALARS:
        setattr(call, field, _scalar(texts.get(field, ABSENT)))
    call.properties, call.traits, call.context = (texts.get(part, ABSENT) for part in PARTS)
    return call


def _scalar(raw: msgspec.Raw) -> str | None:
    text = text_of(raw)
    return OddText(text) if text is not None and bytes(raw)[:1] in (b"{", b"[", b"t", b"f") else text
