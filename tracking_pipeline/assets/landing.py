"""The landing zone as an external asset: Dagster shows which hours have files, the publisher makes them."""

import dagster as dg

from tracking_pipeline.names import LANDING


def landing_files(hours: dg.PartitionsDefinition) -> dg.AssetSpec:
    """Describe the landing zone's hours of part files."""
    return dg.AssetSpec(
        LANDING,
        description=(
            "One partition is one hour of receipt: its Parquet part files under `events/` and `rejected/`.\n\n"
            "Written by the publisher from the collector's spool; reported here by the sensor `new_part_files`."
        ),
        group_name="landing",
        partitions_def=hours,
        kinds={"parquet", "file"},
        owners=["team:data"],
    )
