import datetime as dt

import pytest

from ingest_api.partitions import Hour, hour_of, parse_folder, parse_key, part_name, rows_in_name

HOUR = Hour(dt.date(2026, 11, 25), 9)
START_US = int(dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC).timestamp()) * 1_000_000


def test_key_and_folder_name_the_same_hour() -> None:
    assert (HOUR.key, HOUR.folder) == ("2026-11-25-09:00", "date=2026-11-25/hour=09")
    assert parse_key(HOUR.key) == parse_folder(HOUR.folder) == HOUR
    assert HOUR.start == dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize(("offset_us", "hour"), [(0, 9), (3_599_999_999, 9), (3_600_000_000, 10), (-1, 8)])
def test_hour_of_an_instant(offset_us: int, hour: int) -> None:
    assert hour_of(START_US + offset_us) == Hour(HOUR.date, hour)


@pytest.mark.parametrize("key", ["2026-11-25", "2026-11-25-24:00", "2026-11-25-09:30", "x"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"does not match|unconverted"):
        parse_key(key)


@pytest.mark.parametrize(
    "folder", ["date=2026-11-25", "date=2026-11-25/hour=24", "date=2026-02-30/hour=01", "date=2026-11-25/hour=9", ""]
)
def test_what_is_no_partition_is_none(folder: str) -> None:
    assert parse_folder(folder) is None


def test_part_name_carries_its_rows() -> None:
    name = part_name(START_US + 1999, "0123456789abcdef", 42)

    assert name == "part-1795597200001-0123456789abcdef-42.parquet"
    assert rows_in_name(name) == 42


@pytest.mark.parametrize(
    "name", ["part-1-2-3.parquet", "x.parquet", "part-1795597200001-0123456789abcdef-42.parquet.tmp"]
)
def test_stranger_names_carry_no_rows(name: str) -> None:
    assert rows_in_name(name) is None
