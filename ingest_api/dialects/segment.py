"""The Segment HTTP Tracking API, as Segment's and RudderStack's SDKs speak it.

``/v1/batch`` takes ``{"batch": [call, …], "writeKey", "sentAt"}``, the other paths take one call.
Source: https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/ (read 2026-11).
"""

import contextlib
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from ingest_api import intake
from ingest_api.body import Refusal
from ingest_api.dialects import Dialect, Parsed
from ingest_api.fields import ABSENT, scalar_in, text_of
from ingest_api.jsontext import UNREADABLE, attempts, children, members
from ingest_api.schema import CALL_TYPES
from ingest_api.settings import Settings

# 500 KB hold some 8,000 of the smallest calls; a body of bare commas would become 250,000 rejected rows.
MAX_BATCH_EVENTS = 10_000
SHORT_NAMES = {"t": "track", "p": "page", "s": "screen", "i": "identify", "g": "group", "a": "alias"}
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?|\[[0-9A-Fa-f:]+\](:[0-9]+)?")


class _Envelope(msgspec.Struct):
    batch: list[msgspec.Raw] | None = None
    writeKey: msgspec.Raw = ABSENT
    sentAt: msgspec.Raw = ABSENT


_batch_decoder = msgspec.json.Decoder(_Envelope)


def parse_single(body: bytes, *, call_type: str) -> Parsed:
    """Take the body as the one call that it is; whether it can be read is judged with the event."""
    return Parsed([body], call_type)


def parse_batch(body: bytes) -> Parsed:
    """Take a batch apart; one that no parser accepts is cleaned, then split at its brackets.

    Raises Refusal: ``unreadable_body`` when there is no list of events to be found in it, ``too_large``.
    """
    parsed = _parsed(body)
    if len(parsed.events) > MAX_BATCH_EVENTS:
        raise Refusal("too_large", f"the batch has over {MAX_BATCH_EVENTS} events; send smaller ones")
    return parsed


def cdn_settings(environ: dict[str, Any], settings: Settings, variables: Mapping[str, str]) -> dict[str, object]:
    """Tell analytics-next to post its events here. Raises Refusal for a key that is not known.

    It asks its ``cdnURL`` for this before the first event, and posts to ``apiHost`` without a scheme. Its own
    metrics are off (sample rate 0), they would go to Segment.
    """
    intake.source_of(environ, settings, variables["key"])
    host = environ.get("HTTP_HOST", "")
    if not _HOST.fullmatch(host):
        raise Refusal("bad_request", "the Host header is no host name")
    segment_io = {"apiKey": variables["key"], "apiHost": f"{host}/v1", "protocol": _scheme(environ)}
    tracked = {"__default": {"enabled": True, "integrations": {}}}
    return {
        "integrations": {"Segment.io": segment_io},
        "plan": {"track": tracked, "identify": tracked, "group": tracked},
        "metrics": {"sampleRate": 0},
        "remotePlugins": [],
    }


def _scheme(environ: dict[str, Any]) -> str:
    """Return what the browser must post with: a page on HTTPS may not post to HTTP, whatever a proxy tells us."""
    pages = (environ.get("HTTP_ORIGIN", ""), environ.get("HTTP_REFERER", ""))
    return "https" if any(page.startswith("https:") for page in pages) else str(environ["wsgi.url_scheme"])


def _parsed(body: bytes) -> Parsed:
    for text in attempts(body):
        with contextlib.suppress(*UNREADABLE):
            return _decoded(text)
    return _split(text)


def _decoded(body: bytes) -> Parsed:
    envelope = _batch_decoder.decode(body)
    if envelope.batch is None:
        raise Refusal("unreadable_body", "the body needs a list `batch`")
    events = [bytes(raw) for raw in envelope.batch]
    return Parsed(events, write_key=text_of(envelope.writeKey), sent_at=text_of(envelope.sentAt))


def _split(body: bytes) -> Parsed:
    around = members(body.decode())
    if around is None:
        raise Refusal("unreadable_body", "the body is no JSON object")
    batch = around.get("batch", "")
    events = children(batch) if batch.startswith("[") else None
    if events is None:
        raise Refusal("unreadable_body", "the body needs a list `batch`")
    write_key, sent_at = scalar_in(around.get("writeKey")), scalar_in(around.get("sentAt"))
    return Parsed([event.encode() for event in events], write_key=write_key, sent_at=sent_at)


DIALECT = Dialect(
    name="segment",
    posts={
        **dict.fromkeys(("/v1/batch", "/v1/b", "/v1/import"), parse_batch),
        **{f"/v1/{kind}": partial(parse_single, call_type=kind) for kind in CALL_TYPES},
        **{f"/v1/{name}": partial(parse_single, call_type=kind) for name, kind in SHORT_NAMES.items()},
    },
    gets={"/v1/projects/<key>/settings": cdn_settings},
)
