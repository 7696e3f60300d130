"""The newest results of whole-asset checks, logged again beside each new materialization of their asset.

Dagster takes a check for "not evaluated" once another run has materialized its asset (read in
``AssetCheckExecutionRecord.targets_latest_materialization``, seen with 1.13.28). Assets here are materialized every
minute, so a red check would be gone from its pages and from the graph before anybody saw it.
"""

import dagster as dg

JUDGED_AT = "judged_at"


def standing(instance: dg.DagsterInstance, asset: dg.AssetKey, check: str) -> list[dg.AssetCheckEvaluation]:
    """Return the check's newest result as it was, ``judged_at`` when it was found.

    Nothing where there is none, and while the check is being judged: its record is then a plan without a result.
    """
    key = dg.AssetCheckKey(asset, check)
    record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key]).get(key)
    found = record.evaluation if record else None
    if record is None or not isinstance(found, dg.AssetCheckEvaluation):
        return []
    judged_at = {JUDGED_AT: dg.MetadataValue.timestamp(record.create_timestamp)}
    return [
        dg.AssetCheckEvaluation(
            asset_key=asset,
            check_name=check,
            passed=found.passed,
            metadata={**judged_at, **found.metadata},
            severity=found.severity,
        )
    ]
