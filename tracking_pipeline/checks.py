"""Asset checks: wiring. What they judge is in ``lake/accounting.py``, ``lake/watch.py``, ``lake/marts/verify.py``.

Of an hour of ``events``: its rows (ERROR, blocking), and what goes on around it (WARN). Of the rest: what waits to be
loaded, the marts against a recomputation. Deliveries have theirs in ``assets/deliveries.py``.
"""

import time
from collections.abc import Sequence

import dagster as dg

from ingest_api.partitions import HOUR_US, Hour, hour_of, parse_key
from ingest_api.settings import Settings
from tracking_pipeline.names import EVENTS, LANDING, MART_EQUALS, NO_HOUR_IS_WRONG, NOTHING_WAITS_LONG
from tracking_pipeline.reports import CHECKS, SUMS, WAITING, WATCHES, findings, named

SUMS_HOURS = 7 * 24


def event_checks(hours: dg.PartitionsDefinition) -> list[dg.AssetChecksDefinition]:
    """Build one check per rule: of an hour's rows, and of what goes on around it."""
    return [
        *(_check(name, about, hours) for name, about in CHECKS.items()),
        *(_watch(name, about, hours) for name, about in WATCHES.items()),
    ]


@dg.asset_check(asset=LANDING, name=NOTHING_WAITS_LONG, description=WAITING)
def waiting_check(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Look at the age of the oldest file that is not loaded; of the asset's own age nothing follows."""
    from tracking_pipeline.lake import attach
    from tracking_pipeline.lake.watch import WAITS_AT_MOST_S, oldest_wait_s

    with attach.opened(settings, read_only=True) as connection:
        files, age_s = oldest_wait_s(settings, connection)
    return dg.AssetCheckResult(
        passed=age_s <= WAITS_AT_MOST_S,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"files_waiting": files, "oldest_waits_seconds": round(age_s, 1)},
    )


@dg.asset_check(asset=EVENTS, name=NO_HOUR_IS_WRONG, description=SUMS)
def sums_check(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    """Add up every hour of the last days: a check of one hour shows its newest result, which may be another hour's."""
    from tracking_pipeline.lake import attach
    from tracking_pipeline.lake.accounting import accounts

    now_us = time.time_ns() // 1000
    with attach.opened(settings, read_only=True) as connection:
        found = accounts(connection, hour_of(now_us - SUMS_HOURS * HOUR_US), hour_of(now_us + HOUR_US))
    bad = [account.hour.key for account in found if account.residual]
    return dg.AssetCheckResult(passed=not bad, metadata={"hours": len(found), "bad_hours": named(bad)})


@dg.asset_check(
    asset="sessions",
    name=MART_EQUALS,
    description=(
        "Sessions of a sample of clients, computed anew from `events`, are those stored, and no event of the last days"
        " is missing in the marts. Page views, days and swaps of the last days, visitors and users of the sample are"
        " added up anew, too; `…_differ` says in which mart rows are wrong.\n\n**Red?** Launch `refresh_marts` with"
        " `rebuild: true`, and report it as a fault."
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
        judged = [parse_key(key) for key in context.partition_keys]
        bad = _bad_hours(settings, name, judged)
        return dg.AssetCheckResult(passed=not bad, metadata={"hours": len(judged), "bad_hours": named(bad)})

    return check


def _watch(name: str, about: str, hours: dg.PartitionsDefinition) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=EVENTS, name=name, description=about, partitions_def=hours)
    def check(context: dg.AssetCheckExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
        from tracking_pipeline.lake import attach
        from tracking_pipeline.lake.watch import hour_facts, verdicts

        with attach.opened(settings, read_only=True) as connection:
            facts = [hour_facts(connection, parse_key(key)) for key in context.partition_keys]
        judged = [(hour.hour.key, one) for hour in facts for one in verdicts(hour) if one.check == name]
        bad = [key for key, verdict in judged if not verdict.passed]
        numbers = judged[0][1].numbers if len(judged) == 1 else {}
        return dg.AssetCheckResult(
            passed=not bad,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={**numbers, "hours": len(judged), "bad_hours": named(bad)},
        )

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
