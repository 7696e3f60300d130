"""A destination's name → the destination. The only file that knows all of them."""

from ingest_api.settings import Settings
from tracking_pipeline.delivery.destination import Destination
from tracking_pipeline.delivery.ga4.destination import Ga4
from tracking_pipeline.delivery.ga4.streams import streams_of
from tracking_pipeline.delivery.state import GA4
from tracking_pipeline.delivery.targets import WEBHOOK
from tracking_pipeline.delivery.webhook import Webhook


def destination_of(settings: Settings, name: str) -> Destination:
    """Make the destination of that name from the settings. KeyError: there is none, or it is not turned on."""
    if name == GA4:
        return Ga4(streams_of(settings), settings.keys.wallet_key)
    if name == WEBHOOK and settings.webhook_url:
        catalogue_only = frozenset(name for name, source in settings.sources.items() if source.catalogue_only)
        return Webhook(settings.webhook_url, settings.webhook_secret.encode(), catalogue_only)
    raise KeyError(name)
