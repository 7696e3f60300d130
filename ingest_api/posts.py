"""A posted request → its rows, not stored yet: the one way of all dialects. ``routes.py`` stores and answers."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from ingest_api import identity, intake
from ingest_api.body import Refusal, inflate
from ingest_api.calls import judge
from ingest_api.dialects import Dialect, Parse, Parsed, all_dialects
from ingest_api.door import Door
from ingest_api.fields import ABSENT, message_id_in, scalar_in, text_of
from ingest_api.intake import Environ
from ingest_api.jsontext import UNREADABLE, clean, fault_of, members
from ingest_api.receipt import Receipt
from ingest_api.records import Row
from ingest_api.refused import kept_original, reject
from ingest_api.request import Request
from ingest_api.schema import Rejected, RejectReason
from ingest_api.sources import Source


@dataclass(slots=True)
class Posted:
    """One request's rows, source and device; ``refusal`` when the row is the unreadable body itself."""

    source: Source
    device: identity.Device | None
    rows: Sequence[Row]
    refusal: Refusal | None = None


class _KeyOnly(msgspec.Struct):
    writeKey: msgspec.Raw = ABSENT


Read = Callable[[Environ, Door], Posted]
_key_decoder = msgspec.json.Decoder(_KeyOnly)


def read(environ: Environ, door: Door, *, dialect: Dialect, parse: Parse) -> Posted:
    """Read one post. A body that cannot be read is one rejected row, if its sender is known. Raises Refusal."""
    source = door.by_headers(environ, needs_key=dialect.needs_key)
    raw = door.body(environ)
    try:
        parsed = parse(inflate(raw, environ.get("HTTP_CONTENT_ENCODING", "")))
    except Refusal as refusal:
        if source is None:
            door.stranger(environ)
        if refusal.code != "unreadable_body" or source is None:
            raise
        receipt, device = intake.receipt_of(environ, door.settings, source, dialect.name)
        return Posted(
            source, device, [reject(raw, Request(receipt), RejectReason.UNREADABLE_BODY, refusal.message)], refusal
        )
    source = source or door.by_key(environ, write_key_of(parsed))
    receipt, device = intake.receipt_of(environ, door.settings, source, dialect.name)
    return Posted(source, device, rows(parsed, receipt))


def write_key_of(parsed: Parsed) -> str | None:
    """Find the write key in the body: the envelope's, else the first one in an event."""
    if parsed.write_key:
        return parsed.write_key
    return next(filter(None, map(_key_in, parsed.events)), None)


def rows(parsed: Parsed, receipt: Receipt) -> list[Row]:
    """Judge each event alone: what one holds never costs its neighbours."""
    request = Request(receipt, parsed.call_type, parsed.sent_at)
    judged = [_row(raw, request) for raw in parsed.events]
    if parsed.originals is None:
        return judged
    return [_as_sent(row, original, receipt) for row, original in zip(judged, parsed.originals, strict=True)]


def _key_in(event: bytes) -> str | None:
    """Find the write key in one event, readable or not."""
    with contextlib.suppress(*UNREADABLE):
        return text_of(_key_decoder.decode(event).writeKey)
    return scalar_in((members(clean(event).decode()) or {}).get("writeKey"))


def _row(raw: bytes, request: Request) -> Row:
    try:
        return judge(raw, request)
    except UNREADABLE:
        return _cleaned_row(raw, request)


def _cleaned_row(raw: bytes, request: Request) -> Row:
    text = clean(raw)
    with contextlib.suppress(*UNREADABLE):
        return judge(text, request)
    reason, detail = fault_of(text.decode()) or (RejectReason.INVALID_JSON, "the event could not be read")
    return reject(raw, request, reason, detail, message_id_in(text))


def _as_sent(row: Row, original: bytes, receipt: Receipt) -> Row:
    if isinstance(row, Rejected):
        return msgspec.structs.replace(row, **kept_original(original, receipt))
    return row


# For each path that takes events, how a post to it is read.
PATHS: dict[str, Read] = {
    path: partial(read, dialect=dialect, parse=parse)
    for dialect in all_dialects()
    for path, parse in dialect.posts.items()
}
