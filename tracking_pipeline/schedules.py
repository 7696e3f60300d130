"""Schedules: delivery every minute (skipped when nothing is due), upkeep hourly, purge daily. UTC."""

import dagster as dg

from ingest_api.settings import Settings
from tracking_pipeline.jobs import deliver_ga4, purge_run_history, tidy_lake
from tracking_pipeline.names import DELIVER_JOB, runs_in_flight

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

schedules = [ga4_every_minute, tidy_hourly, purge_hourly]
