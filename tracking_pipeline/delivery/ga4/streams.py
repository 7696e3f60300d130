"""Where a source's events go at GA4, and what its owner wants held back. From the settings; no I/O."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from ingest_api.settings import Ga4Target, Settings
from tracking_pipeline.delivery.ga4 import names

_LOOPBACK = re.compile(r"127(\.[0-9]{1,3}){3}|0\.0\.0\.0|::1|localhost")


@dataclass(frozen=True, slots=True)
class Stream:
    """A GA4 stream, and what of a source's events it gets."""

    target: Ga4Target
    catalogue_only: bool = False
    takes_localhost: bool = False  # events of a developer's own machine

    @property
    def key(self) -> str:
        """Name the stream among others of this install."""
        return self.target.measurement_id


@dataclass(frozen=True, slots=True)
class Streams:
    """All streams of an install: by source, and the one for sources without their own."""

    default: Stream
    of_sources: dict[str, Stream]
    resend: frozenset[str] = frozenset()  # GA4 events that are sent again after an unknown outcome
    tells_device: bool = True
    tells_country: bool = True
    tells_campaign: bool = False  # by an event of its own
    identify_event: str | None = None  # what carries the user properties that no other event can
    category_levels: bool = False  # a product's category is a path

    def of(self, source: str) -> Stream:
        """Return a source's stream."""
        return self.of_sources.get(source, self.default)

    def targets(self) -> list[Ga4Target]:
        """Return each stream's target once."""
        return list({stream.key: stream.target for stream in (self.default, *self.of_sources.values())}.values())


def streams_of(settings: Settings) -> Streams:
    """Read the streams from settings and sources file."""
    of_sources = {name: _stream(settings, settings.ga4_of(name), name) for name in settings.sources}
    resend = frozenset(name.strip() for name in settings.ga4_resend.split(",") if name.strip())
    default = _stream(settings, settings.ga4)
    return Streams(
        default,
        of_sources,
        resend,
        settings.ga4_device,
        settings.ga4_location,
        settings.ga4_campaign,
        names.event_name(settings.ga4_identify_event),
        settings.ga4_category_levels,
    )


def _stream(settings: Settings, target: Ga4Target, source: str | None = None) -> Stream:
    catalogue_only = source is not None and settings.sources[source].catalogue_only
    return Stream(target, catalogue_only, takes_localhost=target.standin or settings.ga4_localhost)


def is_local(page_url: str | None) -> bool:
    """Tell whether a page is on a developer's own machine: by its host's name (RFC 6761, section 6.3), or a file."""
    if not page_url:
        return False
    try:
        url = urlsplit(page_url)
        host = (url.hostname or "").rstrip(".")
    except ValueError:
        return False
    return url.scheme == "file" or _LOOPBACK.fullmatch(host) is not None or host.endswith(".localhost")
