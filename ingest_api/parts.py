"""The parts of a call, ``properties``, ``traits`` and ``context`` → JSON columns, and what a context says besides.

SDKs repeat a context to the letter in all events of a batch, so it is judged once for them: ``Context`` holds it,
with a row in which all columns are filled in that depend on nothing else.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from ingest_api import fields, scrub
from ingest_api.consent import consent_of
from ingest_api.fields import Fault
from ingest_api.privacy import IpMode
from ingest_api.reading import decoded
from ingest_api.receipt import Receipt
from ingest_api.records import Page
from ingest_api.schema import Event, RejectReason


@dataclass(frozen=True, slots=True)
class Context:
    """What one context says: whether an event of it may name its sender, how much was masked in it, and the row.

    ``page`` and ``traits`` are its own, as sent.
    """

    names_sender: bool
    scrubbed: int
    row: Event
    page: Any
    traits: Any


def context_of(raw: msgspec.Raw, receipt: Receipt) -> Context:
    """Judge a context. Raises Fault where it is something else than an object."""
    plain = decoded(raw)
    consent = consent_of(plain, receipt.consent)
    text, scrubbed = stored("context", raw, plain, receipt.ip_mode)
    page, traits = (plain.get("page"), plain.get("traits")) if isinstance(plain, dict) else (None, None)
    row = Event(
        event_id=b"",
        message_id="",
        source=receipt.source,
        type="",
        received_at=receipt.received_at,
        occurred_at=0,
        occurred_from="",
        user_agent=fields.user_agent_of(plain) or (receipt.user_agent if receipt.origin else None),
        ip=receipt.ip,
        origin=receipt.origin,
        dialect=receipt.dialect,
        consent=consent.state,
        consent_categories=consent.categories,
        context=text if consent.is_given else scrub.anonymous("context", text),
        **msgspec.structs.asdict(page_of(None, page)),
        **(device_columns(receipt) if consent.is_given else _withdrawal(receipt) if consent.state == "denied" else {}),
    )
    return Context(consent.is_given, scrubbed, row, page, traits)


def stored(part: str, raw: msgspec.Raw, plain: Any, mode: IpMode) -> tuple[str | None, int]:
    """Return a part's own text, scrubbed, and in how many values something was masked.

    None when it is absent, null, or ``[]`` (how PHP writes an empty map). Raises Fault for what is no object.
    """
    if not isinstance(plain, dict):
        if plain is None or plain == []:
            return None, 0
        raise Fault(RejectReason.INVALID_FIELD, f"{part} must be an object")
    text = str(raw, "utf-8")
    if "ip" in plain and scrub.needs_cutting(plain, mode):
        text = scrub.cut_json(text, mode)
    return scrub.scrubbed_json(text) if scrub.needs_scrubbing(plain) else (text, 0)


def page_of(properties: object, page: object) -> Page:
    """Return the columns of the page, scrubbed: the call's properties before its context's page."""
    found = {field: scrub.masked(field, text) for field, text in fields.page_of(properties, page).items()}
    url = found.get("url")
    return Page(url, found.get("path") or fields.path_of(url), found.get("title"), found.get("referrer"))


def device_columns(receipt: Receipt) -> dict[str, Any]:
    """Return the columns that say by what device it came."""
    return {
        "device_id": receipt.device_id,
        "device_is_new": receipt.device_is_new,
        "ga_client_id": receipt.ga_client_id,
        "ga_sessions": receipt.ga_sessions,
        "ga_fpid": receipt.ga_fpid,
    }


def _withdrawal(receipt: Receipt) -> dict[str, Any]:
    """Name the device that takes its consent back, by the cookie that the answer takes away: once, so by one request.

    Without it nobody could tell which events, agreed to before, must not leave any more.
    """
    return {} if receipt.device_is_new else {"withdrawn_device_id": receipt.device_id}
