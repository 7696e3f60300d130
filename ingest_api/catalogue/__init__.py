"""CONTRACT: the event catalogue, the only source of names, types, privacy classes and GA4 names.

``catalogue.json`` is the data; this room reads it. Used by the collector (``make_judge``), by GA4's mapping, by
``docs/events.md`` and by the tests of the browser's adapters.
"""

from ingest_api.catalogue.model import Catalogue, Dedupe, EventPlan, Kind, Param, Privacy
from ingest_api.catalogue.plan import Judge, make_judge
from ingest_api.catalogue.reader import catalogue, parse

__all__ = [
    "Catalogue",
    "Dedupe",
    "EventPlan",
    "Judge",
    "Kind",
    "Param",
    "Privacy",
    "catalogue",
    "make_judge",
    "parse",
]
