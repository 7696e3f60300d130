"""A destination's name → the destination."""

from importlib import import_module

from ingest_api.settings import Settings
from tracking_pipeline.delivery.destination import Destination
from tracking_pipeline.delivery.ga4.destination import Ga4
from tracking_pipeline.delivery.ga4.streams import streams_of
from tracking_pipeline.delivery.state import GA4
from tracking_pipeline.delivery.targets import turned_on


def destination_of(settings: Settings, name: str) -> Destination:
    """Make the destination of that name from the settings. KeyError: there is none, or it is not turned on."""
    if name == GA4:
        return Ga4(streams_of(settings), settings.keys.wallet_key)
    module = {kind.name: kind.module for kind in turned_on(settings)}[name]
    made: Destination = import_module(module).make(settings)
    return made
