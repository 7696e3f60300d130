"""One unsent event as the lake has it."""

from dataclasses import dataclass

from tracking_pipeline.delivery.ga4.mapping import SourceEvent


@dataclass(frozen=True, slots=True)
class Planned:
    """What a destination is told of, who it belongs to, where it rests; columns of ``sql/planned_events.sql``."""

    event: SourceEvent
    user_id: str | None
    device_id: str | None
    ga_client_id: str | None
    date: str
    hour: int
