"""A signed webhook as a destination: batches of events as JSON to one URL, for whatever a site runs itself.

A request is ``{"batch_id", "events": [{"event_id", "type", "name", "occurred_at", "user_id", "params"}]}`` with

- ``Idempotency-Key``: the batch's id;
- ``X-Tracking-Timestamp``: unix seconds, and ``X-Tracking-Signature``: ``sha256=`` and the hexadecimal HMAC-SHA256 of
  timestamp, a full stop and the body, under ``TRACKING_WEBHOOK_SECRET``. Refuse old timestamps against replays.

A 2xx means taken. What may have arrived is sent again, so a receiver drops the ``event_id`` it knows. What may leave
is decided as for GA4: nothing without consent, no bots, parameters by their privacy class, the rest masked.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import httpx

from ingest_api.settings import Settings
from tracking_pipeline.delivery import outcomes
from tracking_pipeline.delivery.destination import Traits
from tracking_pipeline.delivery.ga4 import identity, mapping
from tracking_pipeline.delivery.ledger import LedgerRow
from tracking_pipeline.delivery.outcomes import Outcome
from tracking_pipeline.delivery.parcel import Ready, Request, closed_row, new_request
from tracking_pipeline.delivery.planned import Planned
from tracking_pipeline.delivery.sessions import Member
from tracking_pipeline.delivery.transport import open_http, post

BATCH_EVENTS = 100
MAX_BATCH_BYTES = 1_000_000  # ours: what web frameworks take without being asked


def make(settings: Settings) -> "Webhook":
    """Make it from the settings."""
    catalogue_only = frozenset(name for name, source in settings.sources.items() if source.catalogue_only)
    return Webhook(settings.webhook_url, settings.webhook_secret.encode(), catalogue_only)


class Webhook:
    """One URL of the site's own."""

    def __init__(self, url: str, secret: bytes, catalogue_only: frozenset[str] = frozenset()) -> None:
        self._url = url
        self._secret = secret
        self._catalogue_only = catalogue_only  # sources

    @property
    def traits(self) -> Traits:
        """A repeat does no harm: events carry their id."""
        return Traits("webhook", "The webhook", self._url, BATCH_EVENTS, unknown="retry")

    def client(self, connections: int) -> "WebhookClient":
        """Open connections to the URL."""
        return WebhookClient(self._url, self._secret, connections)

    def assemble(self, planned: Sequence[Planned], members: Sequence[Member]) -> tuple[list[Request], list[LedgerRow]]:
        """Batch events in order of time; one lane, so that they arrive in it."""
        made = [_ready(one, catalogue_only=one.event.source in self._catalogue_only) for one in planned]
        ready = sorted((one for one in made if isinstance(one, Ready)), key=lambda one: (one.occurred_us, one.event_id))
        return [new_request(batch) for batch in _batches(ready)], [one for one in made if isinstance(one, LedgerRow)]


def _ready(one: Planned, *, catalogue_only: bool) -> Ready | LedgerRow:
    key = one.event.event_id, one.date, one.hour
    mapped = mapping.to_ga4(one.event, catalogue_only=catalogue_only)
    if isinstance(mapped, mapping.Unmapped):
        reason = "no_form" if mapped.reason == "no_ga4_form" else mapped.reason
        return closed_row(*key, mapped.state, reason)
    fields = {
        "event_id": one.event.event_id,
        "type": one.event.type,
        "name": mapped.name,
        "occurred_at": f"{one.event.occurred_at.isoformat(timespec='microseconds')}Z",
        "user_id": identity.user_id(one.user_id),
        "params": mapped.params,
    }
    encoded = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Ready(*key, mapped.timestamp_us, None, None, None, encoded, mapped.fixes)


def _batches(events: Sequence[Ready]) -> list[list[Ready]]:
    batches: list[list[Ready]] = []
    size = 0
    for event in events:
        if not batches or len(batches[-1]) == BATCH_EVENTS or size + len(event.encoded) > MAX_BATCH_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(event)
        size += len(event.encoded) + 1
    return batches


def body_of(request: Request) -> bytes:
    """Return a request's body."""
    head = f'{{"batch_id":"{request.request_id}","events":['.encode()
    return head + b",".join(event.encoded for event in request.events) + b"]}"


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """Return the header that proves where a body comes from, and when it was sent."""
    return "sha256=" + hmac.new(secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


class WebhookClient:
    """Posts signed batches. Close it (or use ``with``) at the end of a run."""

    def __init__(self, url: str, secret: bytes, connections: int, now: Callable[[], float] = time.time) -> None:
        self._url = url
        self._secret = secret
        self._now = now
        self._http = open_http(connections)

    def send(self, request: Request) -> Outcome:
        """Send one batch, once. Never raises for what the network or the server does."""
        body = body_of(request)
        timestamp = int(self._now())
        headers = {
            "content-type": "application/json",
            "idempotency-key": request.request_id,
            "x-tracking-timestamp": str(timestamp),
            "x-tracking-signature": signature(self._secret, timestamp, body),
        }
        return outcomes.repeatable(post(self._http, httpx.Request("POST", self._url, headers=headers, content=body)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
