"""Schedules: marts and delivery every minute (skipped when nothing is due), checks, upkeep and purge hourly. UTC."""

import dagster as dg

from ingest_api.settings import Settings
from tracking_pipeline.jobs import (
    check_marts,
    deliver_ga4,
    deliver_webhook,
    purge_run_history,
    refresh_marts,
    tidy_lake,
)
from tracking_pipeline.names import DELIVER_JOB, MARTS_JOB, WEBHOOK_JOB, runs_in_flight

RUNNING = dg.DefaultScheduleStatus.RUNNING


@dg.schedule(
    name="ga4_every_minute",
    job=deliver_ga4,
    cron_schedule="* * * * *",
    execution_timezone="UTC",
    default_status=RUNNING,
    description="Sends what is unsent. Skipped when nothing is due, or when a sender is still at work.",
)
def ga4_every_minute(
    context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.RunRequest | dg.SkipReason:
    """Ask for a delivery run if there is anything to do."""
    from tracking_pipeline.delivery.due import reason_to_wait

    if runs_in_flight(context.instance, DELIVER_JOB):
        return dg.SkipReason("a delivery run is still at work")
    reason = reason_to_wait(settings)
    return dg.SkipReason(reason) if reason else dg.RunRequest()


@dg.schedule(
    name="webhook_every_minute",
    job=deliver_webhook,
    cron_schedule="* * * * *",
    execution_timezone="UTC",
    default_status=RUNNING,
    description="Posts what is unsent to the webhook. Skipped when nothing is due, or a sender is still at work.",
)
def webhook_every_minute(
    context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.RunRequest | dg.SkipReason:
    """Ask for a delivery run of its own: whatever GA4 does, this destination does not wait."""
    from tracking_pipeline.delivery.due import reason_to_wait

    if runs_in_flight(context.instance, WEBHOOK_JOB):
        return dg.SkipReason("a delivery run is still at work")
    reason = reason_to_wait(settings, name="webhook")
    return dg.SkipReason(reason) if reason else dg.RunRequest()


@dg.schedule(
    name="marts_every_minute",
    job=refresh_marts,
    cron_schedule="* * * * *",
    execution_timezone="UTC",
    default_status=RUNNING,
    description="Brings the marts up to the lake. Skipped when nothing was loaded since, or a run is still at work.",
)
def marts_every_minute(
    context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.RunRequest | dg.SkipReason:
    """Ask for a run if the lake changed since the last one looked."""
    from tracking_pipeline.lake.marts.seen import reason_to_wait

    if runs_in_flight(context.instance, MARTS_JOB):
        return dg.SkipReason("a run is still at work")
    reason = reason_to_wait(settings)
    return dg.SkipReason(reason) if reason else dg.RunRequest()


check_marts_hourly = dg.ScheduleDefinition(
    name="check_marts_hourly",
    job=check_marts,
    cron_schedule="29 * * * *",
    execution_timezone="UTC",
    default_status=RUNNING,
    description="Compares the marts with a recomputation, on a sample.",
)

tidy_hourly = dg.ScheduleDefinition(
    name="tidy_hourly",
    job=tidy_lake,
    cron_schedule="17 * * * *",
    execution_timezone="UTC",
    default_status=RUNNING,
    description="Merges small lake files, expires old snapshots.",
)

purge_hourly = dg.ScheduleDefinition(
    name="purge_hourly",
    job=purge_run_history,
    cron_schedule="41 * * * *",
    execution_timezone="UTC",
    default_status=RUNNING,
    description="Deletes old run history; the newest run of each partition stays.",
)

schedules = [marts_every_minute, check_marts_hourly, ga4_every_minute, tidy_hourly, purge_hourly]
