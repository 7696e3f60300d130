"""The destinations that are turned on, by name. Imports nothing heavy: the schedules read it every minute."""

from collections.abc import Callable
from dataclasses import dataclass

from ingest_api.settings import Settings
from tracking_pipeline.delivery.state import GA4


@dataclass(frozen=True, slots=True)
class Kind:
    """A destination beside GA4; ``OTHERS`` is all that the sender and Dagster know of it."""

    name: str  # in the ledger; Dagster's asset, job and schedule are named after it
    target: Callable[[Settings], str]  # whom it feeds; empty: it is not turned on
    module: str  # its code: ``make(settings)`` returns its Destination
    about: str  # a sentence for operators


OTHERS = (
    Kind(
        "webhook",
        lambda settings: settings.webhook_url,
        "tracking_pipeline.delivery.webhook",
        "Signed batches of events, posted to `TRACKING_WEBHOOK_URL`.",
    ),
)


def targets(settings: Settings) -> dict[str, str]:
    """Return each destination's name and whom it feeds; GA4 (or the stand-in) always, others where they are set."""
    return {GA4: settings.ga4.identity} | {kind.name: kind.target(settings) for kind in turned_on(settings)}


def turned_on(settings: Settings) -> list[Kind]:
    """Return the kinds beside GA4 whose settings are there."""
    return [kind for kind in OTHERS if kind.target(settings)]
