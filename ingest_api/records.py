"""The spool's records: judged rows ↔ bytes. MessagePack, told apart by ``kind``.

- ``batch``: accepted events of one request, in order, with what they share written once.
- ``rejected``: one refused event.
- ``event``: one accepted event, whole. Collectors up to November 2026 wrote it, and it is read for ever.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec

from ingest_api.frames import MAX_PAYLOAD_BYTES
from ingest_api.schema import Event, Rejected


class Page(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The columns of the page, where an event does not have those of its context."""

    page_url: str | None
    page_path: str | None
    page_title: str | None
    page_referrer: str | None


class Own(msgspec.Struct, array_like=True, gc=False):
    """What is an event's own. Fields lie in the spool by position: new ones come last, none goes.

    ``device_id`` and ``page`` replace what the events of the request share; None leaves it.
    """

    event_id: bytes
    message_id: str
    type: str
    occurred_at: int
    occurred_from: str
    event_name: str | None = None
    category: str | None = None
    client_at: int | None = None
    sent_at: int | None = None
    anonymous_id: str | None = None
    user_id: str | None = None
    group_id: str | None = None
    previous_id: str | None = None
    wallets: list[str] | None = None
    properties: str | None = None
    traits: str | None = None
    scrubbed: int | None = None
    off_plan: str | None = None
    device_id: str | None = None
    page: Page | None = None


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """An accepted event: a row that it shares with others of its request, and its own part."""

    common: Event
    own: Own

    @property
    def message_id(self) -> str:
        """The event's message id."""
        return self.own.message_id

    @property
    def event(self) -> Event:
        """All of it."""
        return _whole(self.common, self.own)


class Batch(msgspec.Struct, frozen=True, tag_field="kind", tag="batch"):
    """Events of one request that share a row."""

    common: Event
    own: list[Own]


Row = Accepted | Rejected
_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Event | Rejected | Batch] = msgspec.msgpack.Decoder(Event | Rejected | Batch)


def encode(rows: Iterable[Row]) -> list[bytes]:
    """Return the records of a request's rows, each of a size that a frame takes. Events keep their order."""
    records: list[bytes] = []
    for common, group in groupby(rows, _common_of):
        if common is None:
            records += map(_encode, group)
        else:
            records += _batches(common, [row.own for row in group if isinstance(row, Accepted)])
    return records


def decode(record: bytes) -> list[Event | Rejected]:
    """Return a record's rows. Raises msgspec.DecodeError, UnicodeError or RecursionError for what is none."""
    found = _decoder.decode(record)
    return [_whole(found.common, own) for own in found.own] if isinstance(found, Batch) else [found]


def _common_of(row: Row) -> Event | None:
    return row.common if isinstance(row, Accepted) else None


def _batches(common: Event, own: list[Own]) -> Iterator[bytes]:
    record = _encode(Batch(common, own))
    if len(record) <= MAX_PAYLOAD_BYTES or len(own) == 1:
        yield record
        return
    half = len(own) // 2
    yield from _batches(common, own[:half])
    yield from _batches(common, own[half:])


def _whole(common: Event, own: Own) -> Event:
    event = msgspec.structs.replace(
        common,
        event_id=own.event_id,
        message_id=own.message_id,
        type=own.type,
        occurred_at=own.occurred_at,
        occurred_from=own.occurred_from,
        event_name=own.event_name,
        category=own.category,
        client_at=own.client_at,
        sent_at=own.sent_at,
        anonymous_id=own.anonymous_id,
        user_id=own.user_id,
        group_id=own.group_id,
        previous_id=own.previous_id,
        wallets=own.wallets,
        properties=own.properties,
        traits=own.traits,
        scrubbed=own.scrubbed,
        off_plan=own.off_plan,
    )
    if own.device_id is not None:
        event = msgspec.structs.replace(event, device_id=own.device_id)
    return event if own.page is None else msgspec.structs.replace(event, **msgspec.structs.asdict(own.page))
