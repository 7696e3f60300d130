"""Rejected rows judged again, after a fix, by the very rules that judge a request; and their new part files.

A row that is accepted now is a new receipt: it gets a part file in the present hour, keeps its client's clocks, and
says where it rested (``replayed_from``). Used by ``tracking replay --rejected``; imports pyarrow.
"""

import datetime as dt
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec

from ingest_api.arrow import to_table
from ingest_api.body import Refusal
from ingest_api.dialects import Parse, Parsed, all_dialects, segment
from ingest_api.disk import Disk
from ingest_api.fields import message_id_in
from ingest_api.landing import Landing
from ingest_api.partitions import EPOCH, hour_of, part_name
from ingest_api.posts import rows as judged
from ingest_api.publisher import parquet
from ingest_api.receipt import Receipt
from ingest_api.records import Accepted
from ingest_api.refused import MAX_ORIGINAL_CHARS
from ingest_api.schema import Event, Rejected, RejectReason, make_event_id
from ingest_api.settings import Settings

CUT = "cut"  # the original was not kept whole, so it cannot be judged
NO_SOURCE = "unknown_source"  # the settings do not name its source any more
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Kept:
    """A rejected row as the lake keeps it; instants in µs since 1970. Older versions kept no device, no ``sent_at``."""

    source_file: str
    ordinal: int
    reason: str
    source: str
    received_at: int
    sent_at: int | None
    device_id: str | None
    device_is_new: bool | None
    ga_client_id: str | None
    ga_sessions: str | None
    ga_fpid: str | None
    original: str | None
    original_bytes: int
    scrubbed: int | None
    path: str | None
    ip: str | None
    origin: str | None
    user_agent: str | None
    dialect: str

    @property
    def place(self) -> str:
        """Where it rests: file and row, the value of ``replayed_from``."""
        return f"{self.source_file}#{self.ordinal}"

    @property
    def is_whole(self) -> bool:
        """Tell whether the original was kept whole, as far as its size proves it."""
        text = self.original or ""
        if not text or self.original_bytes <= MAX_ORIGINAL_CHARS:
            return bool(text)
        return not self.scrubbed and len(text.encode()) == self.original_bytes


class Again:
    """The rules of these settings, applied to rejected rows."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._posts: dict[tuple[str, str], Parse] = {
            (dialect.name, path): parse for dialect in all_dialects() for path, parse in dialect.posts.items()
        }

    def judge(self, row: Kept) -> list[Event] | str:
        """Return the events that the row is now, or why it stays: a reason of ``RejectReason``, CUT or NO_SOURCE.

        A body of several events is admitted whole or not at all.
        """
        source = self._settings.sources.get(row.source)
        if source is None:
            return NO_SOURCE
        if not row.is_whole:
            return CUT
        now_us = time.time_ns() // 1000
        receipt = Receipt(
            received_at=row.received_at,
            source=row.source,
            path=row.path or "",
            dialect=row.dialect,
            device_id=row.device_id,
            device_is_new=bool(row.device_is_new),
            ga_client_id=row.ga_client_id,
            ga_sessions=row.ga_sessions,
            ga_fpid=row.ga_fpid,
            user_agent=row.user_agent,
            ip=row.ip,
            origin=row.origin,
            # Whether the browser asked not to be tracked was not kept: where that counts, take it that it did.
            consent=self._settings.consent_rules(source, is_signalled=self._settings.gpc or self._settings.dnt),
            wallet_key=self._settings.keys.wallet_key,
            ip_mode=self._settings.ip,
            strict=source.strict,
            daily_id=lambda sent: hashlib.sha256(self._settings.keys.salt(now_us) + sent.encode()).hexdigest()[:32],
        )
        try:
            parsed = self._parsed(row)
        except Refusal:
            return RejectReason.UNREADABLE_BODY
        found = judged(parsed, receipt)
        refused = [refusal.reason for refusal in found if isinstance(refusal, Rejected)]
        if refused or not found:
            return refused[0] if refused else RejectReason.UNREADABLE_BODY
        events = [accepted.event for accepted in found if isinstance(accepted, Accepted)]
        return [_as_new(event, row, n, text) for n, (event, text) in enumerate(zip(events, parsed.events, strict=True))]

    def _parsed(self, row: Kept) -> Parsed:
        """Take the original apart as its dialect does. On a batch's path it is one event, unless it is the body."""
        text = (row.original or "").encode()
        parse = self._posts.get((row.dialect, row.path or ""), segment.parse_batch)  # the batch path can be renamed
        try:
            parsed = parse(text)
        except Refusal:
            if row.reason == RejectReason.UNREADABLE_BODY:
                raise
            parsed = Parsed([text])
        return parsed if parsed.sent_at or row.sent_at is None else replace(parsed, sent_at=_instant(row.sent_at))


def _instant(us: int) -> str:
    return (EPOCH + dt.timedelta(microseconds=us)).isoformat()


def _as_new(event: Event, row: Kept, number: int, text: bytes) -> Event:
    """Mark a judged event as replayed; one without an id gets one of its place, so that a second replay is a copy."""
    message_id = event.message_id
    is_own = message_id == message_id_in(text) or message_id.startswith("hash-")
    if not is_own:
        place = f"{row.place}#{number}"
        message_id = f"replay-{hashlib.sha256(place.encode()).hexdigest()[:40]}"
    event_id = make_event_id(event.source, message_id, (event.client_at or 0) // 1000)
    return msgspec.structs.replace(event, event_id=event_id, message_id=message_id, replayed_from=row.place)


def publish(
    landing: Landing, events: Sequence[Event], *, disk: Disk | None = None, step: Step = lambda name: None
) -> str:
    """Write events, received now, as one part file of the present hour; durable on return. Returns its path.

    Killed before the link, nothing was admitted; killed after it, everything was.
    """
    disk = disk or Disk()
    now_us = time.time_ns() // 1000
    new = [msgspec.structs.replace(event, received_at=max(now_us, event.occurred_at)) for event in events]
    digest = hashlib.sha256("\n".join(event.event_id.hex() for event in new).encode()).hexdigest()[:16]
    name = part_name(now_us, digest, len(new))
    path = f"events/{hour_of(now_us).folder}/{name}"
    landing.make()
    aside = landing.staging("events") / name
    step("write")
    disk.write_aside(aside, parquet(to_table("events", new, received=len(new), plan=digest)))
    step("link")
    landing.publish(aside, path)
    step("unlink")
    disk.unlink(aside)
    return path
