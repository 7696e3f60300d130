"""A posted request → its rows, not stored yet. One function a client family; ``routes.py`` stores and answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest_api import identity, intake
from ingest_api.body import Refusal
from ingest_api.calls import reject
from ingest_api.dialects import events_v0 as v0
from ingest_api.dialects import segment
from ingest_api.schema import Event, Rejected, RejectReason
from ingest_api.settings import Settings


@dataclass(frozen=True, slots=True)
class Posted:
    """One request's rows and its device; ``refusal`` when the row is the unreadable body itself."""

    device: identity.Device | None
    rows: Sequence[Event | Rejected]
    refusal: Refusal | None = None


def batch(settings: Settings) -> Posted:
    """Read a batch of calls. Raises Refusal."""
    source = intake.source_in_headers(settings)
    try:
        parsed = segment.parse_batch(intake.body())
    except Refusal as refusal:
        return _unreadable(settings, source, refusal, "segment")
    return _segment(settings, source, parsed, "")


def single(settings: Settings, *, call_type: str) -> Posted:
    """Read one call, of the type that its path says. Raises Refusal."""
    source = intake.source_in_headers(settings)
    try:
        parsed = segment.parse_single(intake.body())
    except Refusal as refusal:
        return _unreadable(settings, source, refusal, "segment")
    return _segment(settings, source, parsed, call_type)


def _segment(settings: Settings, source: str | None, parsed: segment.Parsed, call_type: str) -> Posted:
    source = source or intake.source_of(settings, segment.write_key_of(parsed))
    receipt, device = intake.receipt_of(settings, source, "segment")
    return Posted(device, segment.rows(parsed, receipt, call_type))


def events_v0(settings: Settings) -> Posted:
    """Read one event of the replaced contract. It has no key: without one, the first source is meant."""
    source = intake.source_in_headers(settings)
    if source is None:
        source = intake.source_of(settings, None if intake.has_key_in_headers() else next(iter(settings.sources)))
    try:
        body = intake.body()
    except Refusal as refusal:
        return _unreadable(settings, source, refusal, "events_v0")
    receipt, device = intake.receipt_of(settings, source, "events_v0")
    return Posted(device, v0.rows(body, receipt))


def _unreadable(settings: Settings, source: str | None, refusal: Refusal, dialect: str) -> Posted:
    """Keep a body that cannot be read as one rejected row, if its sender is known."""
    if refusal.code != "unreadable_body" or source is None:
        raise refusal
    receipt, device = intake.receipt_of(settings, source, dialect)
    row = reject(intake.raw_body(), receipt, RejectReason.UNREADABLE_BODY, refusal.message)
    return Posted(device, [row], refusal)
