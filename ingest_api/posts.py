"""A posted request → its rows, not stored yet. One function a client family; ``routes.py`` stores and answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ingest_api import identity, intake
from ingest_api.body import Refusal, inflate
from ingest_api.calls import reject
from ingest_api.dialects import events_v0 as v0
from ingest_api.dialects import segment
from ingest_api.intake import Environ
from ingest_api.schema import Event, Rejected, RejectReason
from ingest_api.settings import Settings
from ingest_api.sources import Source


@dataclass(slots=True)
class Posted:
    """One request's rows and its device; ``refusal`` when the row is the unreadable body itself."""

    device: identity.Device | None
    rows: Sequence[Event | Rejected]
    refusal: Refusal | None = None


def batch(environ: Environ, settings: Settings) -> Posted:
    """Read a batch of calls. Raises Refusal."""
    source = intake.source_in_headers(environ, settings)
    raw = intake.raw_body(environ)
    try:
        parsed = segment.parse_batch(_inflated(environ, raw))
    except Refusal as refusal:
        return _unreadable(environ, settings, source, raw, refusal)
    return _segment(environ, settings, source, parsed, "")


def single(environ: Environ, settings: Settings, *, call_type: str) -> Posted:
    """Read one call, of the type that its path says. Raises Refusal."""
    source = intake.source_in_headers(environ, settings)
    raw = intake.raw_body(environ)
    try:
        parsed = segment.parse_single(_inflated(environ, raw))
    except Refusal as refusal:
        return _unreadable(environ, settings, source, raw, refusal)
    return _segment(environ, settings, source, parsed, call_type)


def events_v0(environ: Environ, settings: Settings) -> Posted:
    """Read one event of the replaced contract, which knows no keys. Raises Refusal."""
    source = intake.source_in_headers(environ, settings) or intake.default_source(environ, settings)
    raw = intake.raw_body(environ)
    try:
        body = _inflated(environ, raw)
    except Refusal as refusal:
        return _unreadable(environ, settings, source, raw, refusal)
    receipt, device = intake.receipt_of(environ, settings, source, "events_v0")
    return Posted(device, v0.rows(body, receipt))


def _segment(
    environ: Environ, settings: Settings, source: Source | None, parsed: segment.Parsed, call_type: str
) -> Posted:
    source = source or intake.source_of(environ, settings, segment.write_key_of(parsed))
    receipt, device = intake.receipt_of(environ, settings, source, "segment")
    return Posted(device, segment.rows(parsed, receipt, call_type))


def _inflated(environ: Environ, raw: bytes) -> bytes:
    return inflate(raw, environ.get("HTTP_CONTENT_ENCODING", ""))


def _unreadable(environ: Environ, settings: Settings, source: Source | None, raw: bytes, refusal: Refusal) -> Posted:
    """Keep a body that cannot be read as one rejected row, if its sender is known."""
    if refusal.code != "unreadable_body" or source is None:
        raise refusal
    receipt, device = intake.receipt_of(environ, settings, source, "segment")
    return Posted(device, [reject(raw, receipt, RejectReason.UNREADABLE_BODY, refusal.message)], refusal)


Read = Callable[[Environ, Settings], Posted]
PATHS: dict[str, Read] = {
    "/v1/batch": batch,
    "/v1/b": batch,
    "/v1/import": batch,
    **{f"/v1/{name}": partial(single, call_type=kind) for name, kind in segment.CALL_OF_PATH.items()},
    "/events": events_v0,
}
