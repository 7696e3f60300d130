"""``python -m tracking_pipeline.operations.make_lake``: a process of its own, so that the supervisor's stays small."""

import datetime as dt
import sys

from ingest_api.settings import Settings, load_settings
from tracking_pipeline.delivery.destinations import ensure_destinations
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.schema import make_lake
from tracking_pipeline.lake.version import LakeTooNew
from tracking_pipeline.operations.backup import follow
from tracking_pipeline.operations.checks import Refused


def main(settings: Settings) -> None:
    """Make the lake and say from when on events are for the destinations, before the collector takes the first one.

    A lake whose folder was moved finds its data again; a restore that was killed is finished. Raises Refused.
    """
    follow(settings)
    make_lake(settings)
    with attach.opened(settings) as connection:
        ensure_destinations(connection, settings, dt.datetime.now(dt.UTC).replace(tzinfo=None))


if __name__ == "__main__":
    try:
        main(load_settings())
    except (Refused, LakeTooNew) as refusal:
        sys.exit(str(refusal))
