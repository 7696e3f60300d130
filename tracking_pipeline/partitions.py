"""Dagster's hourly partitions, one to one with the landing zone's folders."""

import datetime as dt

import dagster as dg

END_OFFSET = 2  # the running hour and the next: a file may land in an hour that has just begun


def hourly_partitions(start: dt.date) -> dg.HourlyPartitionsDefinition:
    """Return hours of receipt from the start date on, UTC. The start is fixed at install: moving it orphans history."""
    at = dt.datetime.combine(start, dt.time(), tzinfo=dt.UTC)
    return dg.HourlyPartitionsDefinition(start_date=at, timezone="UTC", end_offset=END_OFFSET)
