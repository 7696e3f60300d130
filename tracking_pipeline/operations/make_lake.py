"""``python -m tracking_pipeline.operations.make_lake``: a process of its own, so that the supervisor's stays small."""

import datetime as dt

from ingest_api.settings import Settings, load_settings
from tracking_pipeline.delivery.destinations import ensure_destinations
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.schema import make_lake


def main(settings: Settings) -> None:
    """Make the lake and say from when on events are for the destinations, before the collector takes the first one."""
    make_lake(settings)
    with attach.opened(settings) as connection:
        ensure_destinations(connection, settings, dt.datetime.now(dt.UTC).replace(tzinfo=None))


if __name__ == "__main__":
    main(load_settings())
