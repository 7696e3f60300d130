"""Asset checks. Of ``events``, per hour, blocking: what ``reports.findings`` judges. Of the marts: a recomputation."""

from collections.abc import Sequence

import dagster as dg

from ingest_api.partitions import Hour, parse_key
from ingest_api.settings import Settings
from tracking_pipeline.names import EVENTS
from tracking_pipeline.reports import CHECKS, findings


def event_checks(hours: dg.PartitionsDefinition) -> list[dg.AssetChecksDefinition]:
    """Build one check per rule."""
    return [_check(name, about, hours) for name, about in CHECKS.items()]


@dg.asset_check(
    asset="sessions",
    name="mart_equals_recomputation",
    description=(
        "Sessions of a sample of clients, computed anew from `events`, are those stored, and no event of the last days"
        " is missing in the marts. If not: launch `refresh_marts` with `rebuild: true`, and report it as a fault."
    ),
)
def mart_check(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Compare the marts with `events` on a sample."""
    from dataclasses import asdict

    from tracking_pipeline.lake.marts.verify import verify

    found = verify(settings)
    return dg.AssetCheckResult(passed=found.sound, metadata=asdict(found))


def _check(name: str, about: str, hours: dg.PartitionsDefinition) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=EVENTS, name=name, description=about, blocking=True, partitions_def=hours)
    def check(context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
        bad = _bad_hours(settings, name, [parse_key(key) for key in context.partition_keys])
        return dg.AssetCheckResult(passed=not bad, metadata={"hours": len(context.partition_keys), "bad_hours": bad})

    return check


def _bad_hours(settings: Settings, name: str, hours: Sequence[Hour]) -> list[str]:
    from ingest_api.landing import Landing
    from tracking_pipeline.lake import attach
    from tracking_pipeline.lake.accounting import hour_states

    with attach.opened(settings, read_only=True) as connection:
        states = hour_states(connection, Landing(settings.landing_dir), hours)
    return [
        hour.key
        for hour, state in states.items()
        if not all(finding.passed for finding in findings(state) if finding.check == name)
    ]
