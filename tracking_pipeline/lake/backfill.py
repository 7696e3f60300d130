"""Backfill: hours replaced one after another, each in its own transaction, live loads in between."""

from collections.abc import Iterator
from dataclasses import dataclass

from ingest_api.landing import Landing
from ingest_api.partitions import Hour
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.accounting import HourState, hour_states
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import Loaded
from tracking_pipeline.lake.replace import HourRefused, replace_hour


@dataclass(frozen=True, slots=True)
class Replaced:
    """One hour after its turn; ``refused`` says why it was left as it was."""

    hour: Hour
    loaded: Loaded
    checked: HourState
    refused: str | None = None


def replace_hours(settings: Settings, hours: list[Hour]) -> Iterator[Replaced]:
    """Replace each hour from its part files and check it. One bad hour does not stop the others."""
    landing = Landing(settings.landing_dir)
    with attach.opened(settings) as connection:
        store = Store(connection, settings, landing)
        for hour in hours:
            loaded, refused = Loaded(), None
            try:
                loaded = replace_hour(store, hour)
            except HourRefused as error:
                refused = str(error)
            yield Replaced(hour, loaded, hour_states(connection, landing, [hour])[hour], refused)
