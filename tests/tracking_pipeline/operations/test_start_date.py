"""The first partition never moves once it is fixed."""

import datetime as dt
from pathlib import Path

from tests.tracking_pipeline.operations.settings import make_settings
from tracking_pipeline.operations.start_date import fix_start_date, start_date

TODAY = dt.datetime.now(dt.UTC).date()


def test_start_date_is_today_in_an_empty_data_dir(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    settings.dagster_home.mkdir()

    assert start_date(settings) == TODAY
    assert fix_start_date(settings) == TODAY
    assert (tmp_path / "dagster" / "start_date").read_text() == f"{TODAY}\n"


def test_start_date_is_the_oldest_hour_that_waits(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    settings.dagster_home.mkdir()
    for folder in ("events/date=2026-11-03/hour=09", "rejected/date=2026-11-02/hour=23", "events/stray"):
        (tmp_path / folder).mkdir(parents=True)

    assert fix_start_date(settings) == dt.date(2026, 11, 2)


def test_setting_goes_before_the_oldest_hour(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, start_date=dt.date(2026, 10, 1))
    settings.dagster_home.mkdir()
    (tmp_path / "events/date=2026-11-03/hour=09").mkdir(parents=True)

    assert start_date(settings) == dt.date(2026, 10, 1)
    assert fix_start_date(settings) == dt.date(2026, 10, 1)


def test_fixed_start_date_does_not_move(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, start_date=dt.date(2026, 10, 1))
    settings.dagster_home.mkdir()
    fix_start_date(settings)

    later = make_settings(tmp_path, start_date=dt.date(2025, 1, 1))

    assert fix_start_date(later) == dt.date(2026, 10, 1)
    assert start_date(later) == dt.date(2026, 10, 1)
