"""Schedules: what runs hourly does not start in one minute, and each says what it waits for."""

from tracking_pipeline.schedules import schedules


def test_hourly_schedules_start_at_minutes_of_their_own() -> None:
    minutes = [str(schedule.cron_schedule).split()[0] for schedule in schedules]
    hourly = [minute for minute in minutes if minute.isdigit()]

    assert len(hourly) == len(set(hourly)) == 5


def test_every_schedule_says_what_it_waits_for() -> None:
    assert [schedule.name for schedule in schedules if "Waits for" not in (schedule.description or "")] == []
