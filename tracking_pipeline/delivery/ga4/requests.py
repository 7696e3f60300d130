"""Ready events → requests: by client and user, in order of time, within GA4's limits. Pure functions."""

import json
from collections.abc import Iterable, Sequence

from tracking_pipeline.delivery.ga4 import rules
from tracking_pipeline.delivery.parcel import Ready


def body(events: Sequence[Ready]) -> bytes:
    """Return a request's encoded body: events of one client and user, in order of time."""
    head = _head(events[0].client_id, events[0].user_id)
    return head + b",".join(event.encoded for event in events) + b"]}"


def is_too_large(event: Ready) -> bool:
    """Tell whether an event exceeds the body limit all by itself."""
    return _head_bytes(event) + len(event.encoded) >= rules.MAX_BODY_BYTES


def group(events: Iterable[Ready]) -> list[tuple[Ready, ...]]:
    """Split events into the fewest requests, oldest first event first. No event may be too large by itself."""
    by_client: dict[tuple[str | None, str | None], list[Ready]] = {}
    for event in sorted(events, key=_order):
        by_client.setdefault((event.client_id, event.user_id), []).append(event)
    batches = [batch for of_client in by_client.values() for batch in _batches(of_client)]
    return sorted(batches, key=lambda batch: _order(batch[0]))


def _order(event: Ready) -> tuple[int, str]:
    return event.occurred_us, event.event_id


def _batches(events: list[Ready]) -> Iterable[tuple[Ready, ...]]:
    batch: list[Ready] = []
    size = 0
    for event in events:
        full = len(batch) == rules.MAX_EVENTS or size + 1 + len(event.encoded) >= rules.MAX_BODY_BYTES
        if batch and full:
            yield tuple(batch)
            batch = []
        if not batch:
            size = _head_bytes(event)
        else:
            size += 1
        batch.append(event)
        size += len(event.encoded)
    if batch:
        yield tuple(batch)


def _head(client_id: str | None, user_id: str | None) -> bytes:
    fields = {"client_id": client_id} | ({"user_id": user_id} if user_id else {})
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return text[:-1].encode("utf-8", "replace") + b',"events":['


def _head_bytes(event: Ready) -> int:
    return len(_head(event.client_id, event.user_id)) + len(b"]}")
