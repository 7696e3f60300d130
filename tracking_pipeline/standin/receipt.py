"""One POST as it is kept: which of its events count as arrived, which as refused, and why."""

from dataclasses import dataclass
from typing import Any

import msgspec

from tracking_pipeline.protocol.findings import Verdict, effective_time
from tracking_pipeline.protocol.payload import Payload


@dataclass(frozen=True, slots=True)
class Kept:
    """An event that GA4 would take; ``problems`` says what it would change or not show."""

    position: int
    name: str
    params: dict[str, Any]
    timestamp_micros: int
    problems: list[str]


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that GA4 would drop in silence; without a position: a body in which no event was found."""

    position: int | None
    name: str | None
    params: dict[str, Any]
    problems: list[str]


@dataclass(frozen=True, slots=True)
class Receipt:
    """A request; its events are in ``kept`` or in ``refused``, each once. The api_secret is not in it."""

    received_at: int
    measurement_id: str
    client_id: str
    user_id: str
    user_properties: dict[str, Any]
    consent: dict[str, str]
    device: dict[str, Any]
    user_location: dict[str, Any]
    kept: list[Kept]
    refused: list[Refused]


def receipt_of(verdict: Verdict, measurement_id: str) -> Receipt:
    """Sort a judged request's events into kept and refused."""
    payload = verdict.payload
    if payload is None or not payload.events:
        refused = [Refused(None, None, {}, verdict.refusals(None))]
        return _receipt(verdict, measurement_id, [], refused)
    kept, refused = [], []
    for index, event in enumerate(payload.events):
        if reasons := verdict.refusals(index):
            refused.append(Refused(index, event.name, event.params, reasons))
            continue
        booked_at = effective_time(payload, event, verdict.judged_at)
        kept.append(Kept(index, event.name, event.params, booked_at, verdict.remarks(index)))
    return _receipt(verdict, measurement_id, kept, refused)


def _receipt(verdict: Verdict, measurement_id: str, kept: list[Kept], refused: list[Refused]) -> Receipt:
    payload = verdict.payload or Payload()
    return Receipt(
        received_at=verdict.judged_at,
        measurement_id=measurement_id,
        client_id=payload.client_id or payload.app_instance_id,
        user_id=payload.user_id,
        user_properties={name: _plain(each) for name, each in payload.user_properties.items()},
        consent=_plain(payload.consent),
        device=_plain(payload.device),
        user_location=_plain(payload.user_location),
        kept=kept,
        refused=refused,
    )


def _plain(value: msgspec.Struct | None) -> dict[str, Any]:
    fields = msgspec.structs.asdict(value) if value else {}
    return {name: each for name, each in fields.items() if each is not None}
