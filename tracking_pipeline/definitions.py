"""The only ``dg.Definitions``: wiring. Imports nothing heavy, for every run imports it again."""

import warnings

import dagster as dg

from ingest_api.settings import Settings, load_settings


def build(settings: Settings) -> dg.Definitions:
    """Put the pipeline together for these settings."""
    with warnings.catch_warnings():
        # Backfill policies and partitioned checks are beta and preview in Dagster 1.13; both are tested here.
        warnings.simplefilter("ignore", dg.BetaWarning)
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return _build(settings)


def _build(settings: Settings) -> dg.Definitions:
    from tracking_pipeline.assets.analytics import analytics
    from tracking_pipeline.assets.deliveries import delivery_accounts, ga4_deliveries, other_deliveries
    from tracking_pipeline.assets.events import events_asset
    from tracking_pipeline.assets.landing import landing_files
    from tracking_pipeline.assets.marts import marts
    from tracking_pipeline.checks import event_checks, mart_check, sums_check, waiting_check
    from tracking_pipeline.delivery.targets import turned_on
    from tracking_pipeline.jobs import (
        account_deliveries,
        check_flow,
        check_hours_job,
        check_marts,
        deliver_ga4,
        delivery_job,
        load_jobs,
        purge_run_history,
        refresh_marts,
        tidy_lake,
    )
    from tracking_pipeline.operations.start_date import start_date
    from tracking_pipeline.partitions import hourly_partitions
    from tracking_pipeline.schedules import delivery_schedule, schedules
    from tracking_pipeline.sensors import landing_sensor, sweep_sensor

    hours = hourly_partitions(start_date(settings))
    others = turned_on(settings)
    return dg.Definitions(
        assets=[
            landing_files(hours),
            events_asset(hours),
            marts,
            analytics,
            ga4_deliveries,
            delivery_accounts,
            *map(other_deliveries, others),
        ],
        asset_checks=[*event_checks(hours), waiting_check, sums_check, mart_check],
        jobs=[
            *load_jobs(hours),
            refresh_marts,
            check_hours_job(hours),
            check_flow,
            check_marts,
            deliver_ga4,
            account_deliveries,
            *map(delivery_job, others),
            tidy_lake,
            purge_run_history,
        ],
        schedules=[*schedules, *map(delivery_schedule, others)],
        sensors=[landing_sensor(hours), sweep_sensor],
        executor=dg.in_process_executor,  # here, not on a job: the UI's own asset job inherits it only from here
        resources={"settings": settings},
    )


defs = build(load_settings())
