"""Ready events → requests: by client and user, in order of time, within GA4's limits. Pure functions."""

import json
from collections.abc import Iterable, Sequence

from tracking_pipeline.delivery.ga4 import rules
from tracking_pipeline.delivery.parcel import Properties, Ready

TIME_CHARS = 16  # of a time in microseconds


def body(events: Sequence[Ready]) -> bytes:
    """Return a request's encoded body: events of one client and user, in order of time."""
    properties: Properties = {}
    for event in events:
        if event.properties and event.properties is not properties:
            properties = {**properties, **event.properties} if properties else event.properties
    head = _head(events[0], properties)
    return head + b",".join(event.encoded for event in events) + b"]}"


def is_too_large(event: Ready) -> bool:
    """Tell whether an event exceeds the body limit all by itself."""
    return _head_bytes(event) + len(event.encoded) >= rules.MAX_BODY_BYTES


def group(events: Iterable[Ready]) -> list[tuple[Ready, ...]]:
    """Split events into the fewest requests, oldest first event first. No event may be too large by itself.

    Events share a request when client, user and all that it says of them (consent, device, country) are the same.
    """
    by_client: dict[tuple[str | None, str | None, bytes], list[Ready]] = {}
    for event in sorted(events, key=_order):
        by_client.setdefault((event.client_id, event.user_id, event.shared), []).append(event)
    batches = [batch for of_client in by_client.values() for batch in _batches(of_client)]
    return sorted(batches, key=lambda batch: _order(batch[0]))


def _order(event: Ready) -> tuple[int, str]:
    return event.occurred_us, event.event_id


def _batches(events: list[Ready]) -> Iterable[tuple[Ready, ...]]:
    batch: list[Ready] = []
    count = size = 0
    for event in events:
        more = len(event.encoded) + 1 + _property_bytes(batch, event)
        if batch and (count + event.weight > rules.MAX_EVENTS or size + more >= rules.MAX_BODY_BYTES):
            yield tuple(batch)
            batch = []
        if not batch:
            count, size, more = 0, _head_bytes(event), len(event.encoded)
        batch.append(event)
        count += event.weight
        size += more
    if batch:
        yield tuple(batch)


def _property_bytes(batch: list[Ready], event: Ready) -> int:
    """Return at most how many bytes an event's user properties add to those of the events before it."""
    is_known = not event.properties or (batch and batch[-1].properties is event.properties)
    return 0 if is_known else len(_encoded_properties(event.properties, 0)) + len(event.properties) * TIME_CHARS


def _head(first: Ready, properties: Properties) -> bytes:
    """Return a body up to its first event."""
    fields = {"client_id": first.client_id} | ({"user_id": first.user_id} if first.user_id else {})
    ids = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))[:-1].encode("utf-8", "replace")
    encoded = b',"user_properties":' + _encoded_properties(properties, first.occurred_us) if properties else b""
    return ids + first.shared + encoded + b',"events":['


def _encoded_properties(properties: Properties, first_us: int) -> bytes:
    """Encode user properties; none is older than the request's first event, for GA4 takes no old ones."""
    fields = {
        name: {"value": value, "timestamp_micros": max(at_us, first_us)} for name, (value, at_us) in properties.items()
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _head_bytes(event: Ready) -> int:
    return len(_head(event, event.properties)) + len(b"]}")
