"""Schedules: when they start runs."""

from tracking_pipeline.schedules import schedules


def test_hourly_schedules_start_at_minutes_of_their_own() -> None:
    minutes = [str(schedule.cron_schedule).split()[0] for schedule in schedules]
    hourly = [minute for minute in minutes if minute.isdigit()]

    assert len(hourly) == len(set(hourly)) == 5
