"""The landing zone as an external asset: Dagster shows which hours have files, the publisher makes them."""

import dagster as dg

from tracking_pipeline.names import LANDING


def landing_files(hours: dg.PartitionsDefinition) -> dg.AssetSpec:
    """Describe the landing zone's hours of part files."""
    return dg.AssetSpec(
        LANDING,
        description=(
            "One partition is one hour of receipt, UTC: its Parquet part files under `data/events/` and"
            " `data/rejected/`. One row of a file is one event as it came. A gap in the bar: nothing came.\n\n"
            "Written by the publisher from the collector's spool, never changed afterwards; reported here by the sensor"
            " `new_part_files`.\n\n**Rerun:** there is nothing to run. Never edit or delete a file here: an hour whose"
            " file is gone cannot be loaded again.\n\n**Red?** Files wait: loads do not run. The check says"
            " where to look."
        ),
        group_name="landing",
        partitions_def=hours,
        kinds={"parquet", "file"},
        owners=["team:data"],
    )
