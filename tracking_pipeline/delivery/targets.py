"""The destinations that are turned on, by name. Imports nothing heavy: the schedules read it every minute."""

from ingest_api.settings import Settings
from tracking_pipeline.delivery.state import GA4

WEBHOOK = "webhook"


def targets(settings: Settings) -> dict[str, str]:
    """Return each destination's name and whom it feeds; GA4 (or the stand-in) always, others where they are set."""
    found = {GA4: settings.ga4.identity}
    if settings.webhook_url:
        found[WEBHOOK] = settings.webhook_url
    return found
