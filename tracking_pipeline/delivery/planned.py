"""One unsent event as the lake has it."""

from dataclasses import dataclass

from tracking_pipeline.delivery.ga4.mapping import SourceEvent


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of where an event happened: device, country, consent."""

    browser: str | None = None
    os: str | None = None
    device_type: str | None = None
    country: str | None = None
    locale: str | None = None
    screen_width: str | None = None
    screen_height: str | None = None
    consent_categories: str | None = None  # JSON


NOTHING_KNOWN = Surroundings()


@dataclass(frozen=True, slots=True)
class Planned:
    """What a destination is told of, who it belongs to, where it rests; columns of ``sql/planned_events.sql``."""

    event: SourceEvent
    user_id: str | None
    device_id: str | None
    ga_client_id: str | None
    date: str
    hour: int
    ga_fpid: str | None = None
    ga_sessions: str | None = None  # JSON: sessions of GA4 streams by stream, from their cookies
    ga_named_id: str | None = None  # the client id that the event itself names
    surroundings: Surroundings = NOTHING_KNOWN
    traits: str | None = None  # JSON: what the event itself says of its user
