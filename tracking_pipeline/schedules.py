"""Schedules: marts and delivery every minute (skipped when nothing is due), checks, upkeep and purge hourly. UTC."""

from collections.abc import Callable
from functools import partial
from typing import Any

import dagster as dg

from ingest_api.settings import Settings
from tracking_pipeline.delivery.targets import Kind
from tracking_pipeline.jobs import account_deliveries, check_flow, check_marts, purge_run_history, tidy_lake
from tracking_pipeline.names import CHECK_HOURS_JOB, DELIVER_JOB, MARTS_JOB, delivery_job_of, runs_in_flight

RUNNING = dg.DefaultScheduleStatus.RUNNING


def _every_minute(
    name: str, job: str, run: str, description: str, reason_to_wait: Callable[[Settings], str | None]
) -> dg.ScheduleDefinition:
    """Build a schedule that asks for a run each minute unless ``run`` is still at work or there is a reason to wait."""

    @dg.schedule(
        name=name,
        job_name=job,
        cron_schedule="* * * * *",
        execution_timezone="UTC",
        default_status=RUNNING,
        description=description,
    )
    def ask(
        context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.RunRequest | dg.SkipReason:
        if runs_in_flight(context.instance, job):
            return dg.SkipReason(f"{run} is still at work")
        reason = reason_to_wait(settings)
        return dg.SkipReason(reason) if reason else dg.RunRequest()

    return ask


def _at(cron: str, name: str, description: str, **job: Any) -> dg.ScheduleDefinition:
    """Build a schedule that asks for a run of ``job``, or of the job called ``job_name``, whenever it is time."""
    return dg.ScheduleDefinition(
        name=name,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=RUNNING,
        description=description,
        **job,
    )


def _delivery_waits(settings: Settings, destination: str) -> str | None:
    from tracking_pipeline.delivery.due import reason_to_wait

    return reason_to_wait(settings, name=destination)


def _marts_wait(settings: Settings) -> str | None:
    from tracking_pipeline.lake.marts import analytics_due, seen

    reason = seen.reason_to_wait(settings)
    return reason if reason and analytics_due.reason_to_wait(settings) else None


ga4_every_minute = _every_minute(
    "ga4_every_minute",
    DELIVER_JOB,
    "a delivery run",
    "Sends what is unsent. Waits for something unsent, for a sender at work, and for a pause that GA4 asked for.",
    partial(_delivery_waits, destination="ga4"),
)


def delivery_schedule(kind: Kind) -> dg.ScheduleDefinition:
    """Build the schedule of a destination beside GA4; of its own: whatever GA4 does, this one does not wait."""
    return _every_minute(
        f"{kind.name}_every_minute",
        delivery_job_of(kind.name),
        "a delivery run",
        "Sends what is unsent. Waits for something unsent, for a sender at work, and for a pause.",
        partial(_delivery_waits, destination=kind.name),
    )


marts_every_minute = _every_minute(
    "marts_every_minute",
    MARTS_JOB,
    "a run",
    "Brings the marts up to the lake. Waits for a load since the last run, or another definition of a mart, and for a"
    " run at work.",
    _marts_wait,
)

check_marts_hourly = _at(
    "29 * * * *",
    "check_marts_hourly",
    "Compares the marts with a recomputation, on a sample. Waits for nothing.",
    job=check_marts,
)

check_hours_hourly = _at(
    "7 * * * *",
    "check_hours_hourly",
    "Seven minutes after each full hour: judges the 24 hours before by volume, refusals, plan, loss in browsers,"
    " and clocks. Waits for nothing.",
    job_name=CHECK_HOURS_JOB,
)

check_flow_often = _at(
    "*/5 * * * *",
    "check_flow_every_5_minutes",
    "Looks whether part files wait for long, and whether every hour adds up. Waits for nothing.",
    job=check_flow,
)

account_deliveries_hourly = _at(
    "23 * * * *",
    "account_deliveries_hourly",
    "Adds up what became of stored events at every destination. Waits for nothing.",
    job=account_deliveries,
)

tidy_hourly = _at(
    "17 * * * *",
    "tidy_hourly",
    "Merges small lake files, expires old snapshots. Waits for the writer lock between loads.",
    job=tidy_lake,
)

purge_hourly = _at(
    "41 * * * *",
    "purge_hourly",
    "Deletes old run history; the newest run of each partition stays. Waits for nothing.",
    job=purge_run_history,
)

schedules = [
    marts_every_minute,
    ga4_every_minute,
    check_flow_often,
    check_hours_hourly,
    check_marts_hourly,
    account_deliveries_hourly,
    tidy_hourly,
    purge_hourly,
]
