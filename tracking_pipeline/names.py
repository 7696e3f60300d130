"""Names that Dagster shows, in one place: assets, jobs, groups. Imports nothing but Dagster."""

import dagster as dg

LANDING = dg.AssetKey("landing_files")
EVENTS = dg.AssetKey("events")
ANALYTICS = dg.AssetKey("analytics_file")
DELIVERIES = dg.AssetKey("ga4_deliveries")
DELIVERY_ACCOUNTS = dg.AssetKey("delivery_accounts")

NO_HOUR_IS_WRONG = "no_hour_is_wrong"
NOTHING_WAITS_LONG = "nothing_waits_long"
MART_EQUALS = "mart_equals_recomputation"

LOAD_JOB = "load_landing"
SWEEP_JOB = "sweep_landing"
MARTS_JOB = "refresh_marts"
CHECK_MARTS_JOB = "check_marts"
CHECK_HOURS_JOB = "check_hours"
CHECK_FLOW_JOB = "check_flow"
DELIVER_JOB = "deliver_ga4"
ACCOUNTS_JOB = "account_deliveries"
TIDY_JOB = "tidy_lake"
PURGE_JOB = "purge_run_history"

FINGERPRINT = "files_fingerprint"
IN_FLIGHT = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def deliveries_to(destination: str) -> dg.AssetKey:
    """Return the asset of a destination."""
    return dg.AssetKey(f"{destination}_deliveries")


def delivery_job_of(destination: str) -> str:
    """Return the name of the job that sends to a destination."""
    return f"deliver_{destination}"


def runs_in_flight(instance: dg.DagsterInstance, job: str) -> list[dg.RunRecord]:
    """Return a job's runs that have not ended, newest first."""
    return list(instance.get_run_records(dg.RunsFilter(job_name=job, statuses=IN_FLIGHT)))
