"""Jobs without an asset of their own: draining, sweeping, upkeep, purge; and the delivery job. Wiring only."""

import time
from typing import TYPE_CHECKING

import dagster as dg

from ingest_api.partitions import HOUR_US, hour_of, parse_key
from ingest_api.settings import Settings
from tracking_pipeline.assets.events import loaded_fingerprint
from tracking_pipeline.checks import mart_check, sums_check, waiting_check
from tracking_pipeline.delivery.targets import Kind
from tracking_pipeline.names import (
    ACCOUNTS_JOB,
    CHECK_FLOW_JOB,
    CHECK_HOURS_JOB,
    CHECK_MARTS_JOB,
    DELIVER_JOB,
    DELIVERIES,
    DELIVERY_ACCOUNTS,
    EVENTS,
    LOAD_JOB,
    MARTS_JOB,
    NO_HOUR_IS_WRONG,
    PURGE_JOB,
    SWEEP_JOB,
    TIDY_JOB,
    deliveries_to,
    delivery_job_of,
)
from tracking_pipeline.reports import hour_events, watch_evaluations
from tracking_pipeline.standing import standing

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

# The sensor is the retry of a load; a retry by the run launcher would ask for the same drain twice.
NO_RETRIES = {"dagster/max_retries": "0"}
WATCHED_HOURS = 24  # what waited in browsers without a network comes late


def _load(context: dg.OpExecutionContext, settings: Settings, hours: dg.PartitionsDefinition, keys: list[str]) -> None:
    """Drain, then log one materialization and the checks per touched hour; what is loaded is loaded."""
    from ingest_api.landing import Landing
    from tracking_pipeline.lake import attach
    from tracking_pipeline.lake.accounting import hour_states
    from tracking_pipeline.lake.drain import drain

    drained = drain(settings, [parse_key(key) for key in keys])
    context.log.info(f"loaded rows={drained.loaded.rows} files={drained.loaded.files} transactions={drained.loads}")
    with attach.opened(settings, read_only=True) as connection:
        states = hour_states(connection, Landing(settings.landing_dir), drained.hours)
    for hour, state in states.items():
        known = hours.has_partition_key(hour.key)  # an hour ahead of the clock is loaded, and reported when it comes
        if known and hour not in drained.failed and loaded_fingerprint(context.instance, hour.key) != state.fingerprint:
            for event in hour_events(state, drained.loaded):
                context.log_event(event)  # type: ignore[arg-type]  # takes check evaluations too, see its source
    for evaluation in standing(context.instance, EVENTS, NO_HOUR_IS_WRONG):
        context.log_event(evaluation)  # type: ignore[arg-type]
    if drained.failed:
        failed = {hour.key: reason for hour, reason in drained.failed.items()}
        raise dg.Failure(f"{len(failed)} hours not loaded; the sensor asks again", {"hours": failed})


def check_hours_job(hours: dg.PartitionsDefinition) -> dg.JobDefinition:
    """Build the job that watches hours which are over, those too in which nothing came."""

    @dg.op(config_schema={"hours": dg.Field([str], default_value=[], description="Partition keys; none: the last 24")})
    def watch_hours(context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings]) -> None:
        """Judge hours by volume, refusals, plan, loss in browsers and clocks."""
        from tracking_pipeline.lake import attach
        from tracking_pipeline.lake.watch import hour_facts, verdicts

        now_us = time.time_ns() // 1000
        keys = context.op_config["hours"] or [hour_of(now_us - n * HOUR_US).key for n in range(WATCHED_HOURS, 0, -1)]
        with attach.opened(settings, read_only=True) as connection:
            found = [
                evaluation
                for key in filter(hours.has_partition_key, keys)
                for evaluation in watch_evaluations(key, verdicts(hour_facts(connection, parse_key(key))))
            ]
        for evaluation in sorted(found, key=lambda one: not one.passed):  # lists show the last: a red one, if any
            context.log_event(evaluation)  # type: ignore[arg-type]  # takes check evaluations too

    @dg.job(
        name=CHECK_HOURS_JOB, tags=NO_RETRIES, description="Watches the hours that are over; each result is a check."
    )
    def check_hours() -> None:
        watch_hours()

    return check_hours


def load_jobs(hours: dg.PartitionsDefinition) -> list[dg.JobDefinition]:
    """Build the draining job and the sweep."""

    @dg.op(config_schema={"hours": dg.Field([str], default_value=[], description="Partition keys to load first")})
    def drain_landing(context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings]) -> None:
        """Load every owed hour, look again ten times a second, end when idle or relieved."""
        _load(context, settings, hours, context.op_config["hours"])

    @dg.op
    def sweep_landing_zone(context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings]) -> None:
        """Compare the whole landing zone with `loaded_files` and load what is missing."""
        from tracking_pipeline.lake.drain import sweep

        owed = sweep(settings)
        context.log.info(f"hours owed: {len(owed)}")
        if owed:
            _load(context, settings, hours, [hour.key for hour in owed])

    @dg.job(name=LOAD_JOB, tags=NO_RETRIES, description="Loads new part files; asked for by `new_part_files`.")
    def load_landing() -> None:
        drain_landing()

    @dg.job(
        name=SWEEP_JOB, tags=NO_RETRIES, description="Finds part files that were never loaded; at start and hourly."
    )
    def sweep_landing() -> None:
        sweep_landing_zone()

    return [load_landing, sweep_landing]


@dg.op
def tidy(context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings]) -> None:
    """Merge small lake files and expire old snapshots, under the writer lock; readers are undisturbed."""
    from tracking_pipeline.lake.upkeep import tidy as tidy_lake

    done = tidy_lake(settings)
    context.log.info(f"files {done.files_before} -> {done.files_after}, {done.bytes_after} bytes, steps {done.steps}")


@dg.op
def purge(context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings]) -> None:
    """Delete old run history; the newest run of each partition stays, or its hour would show as missing."""
    from tracking_pipeline.operations.reap import purge as purge_history

    purged = purge_history(context.instance, settings.dagster_home, settings.history_days, settings.history_hours)
    context.log.info(f"purged runs={purged}")


@dg.job(name=TIDY_JOB, description="Hourly upkeep of the lake.")
def tidy_lake() -> None:
    """Tidy the lake."""
    tidy()


@dg.job(name=PURGE_JOB, description="Hourly purge of Dagster's own run history.")
def purge_run_history() -> None:
    """Purge run history."""
    purge()


refresh_marts = dg.define_asset_job(
    MARTS_JOB,
    selection=dg.AssetSelection.groups("marts") - dg.AssetSelection.all_asset_checks(),
    tags=NO_RETRIES,
    description="Brings the marts up to the lake. The schedule is the retry.",
)

check_marts = dg.define_asset_job(
    CHECK_MARTS_JOB,
    selection=dg.AssetSelection.checks(mart_check),
    tags=NO_RETRIES,
    description="Compares the marts with a recomputation from events, on a sample.",
)

check_flow = dg.define_asset_job(
    CHECK_FLOW_JOB,
    selection=dg.AssetSelection.checks(waiting_check, sums_check),
    tags=NO_RETRIES,
    description="Looks whether part files wait for long, and whether every hour adds up.",
)

deliver_ga4 = dg.define_asset_job(
    DELIVER_JOB,
    selection=dg.AssetSelection.assets(DELIVERIES),
    tags=NO_RETRIES,
    description="Sends unsent events to GA4 (or the local stand-in).",
)

account_deliveries = dg.define_asset_job(
    ACCOUNTS_JOB,
    selection=dg.AssetSelection.assets(DELIVERY_ACCOUNTS),
    tags=NO_RETRIES,
    description="Adds up what became of stored events at every destination, and checks it.",
)


def delivery_job(kind: Kind) -> "UnresolvedAssetJobDefinition":
    """Build the job that sends to a destination beside GA4."""
    return dg.define_asset_job(
        delivery_job_of(kind.name),
        selection=dg.AssetSelection.assets(deliveries_to(kind.name)),
        tags=NO_RETRIES,
        description=f"Sends unsent events. {kind.about}",
    )
