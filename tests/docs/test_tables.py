"""Tables of columns, views, conditions, parts and Dagster's names are the code's."""

import datetime as dt
import re
from pathlib import Path

import pytest

from ingest_api.metrics import COUNTS, SPREADS
from ingest_api.metrics_page import GAUGES
from ingest_api.settings import Settings
from tests.docs.pages import DOCS, README, first_spans, table
from tracking_pipeline import names
from tracking_pipeline.cli.health import CONDITIONS
from tracking_pipeline.cli.status import status
from tracking_pipeline.lake.marts.tables import MART_TABLES, MARTS
from tracking_pipeline.lake.schema import VIEWS
from tracking_pipeline.lake.tables import EVENTS, TABLES
from tracking_pipeline.operations.parts import all_parts

OPERATIONS = DOCS / "operations.md"


def test_columns_of_events_are_the_tables() -> None:
    expected = [
        [f"`{column.name}`", column.type + ("" if column.required else ", may be null"), column.about]
        for column in EVENTS.columns
    ]

    assert table(README, "column", "type", "what") == expected


def test_every_table_and_view_is_named_for_analysts() -> None:
    shown = first_spans(table(DOCS / "analysts.md", "table or view", "one row per"))

    assert sorted(shown) == sorted([*(t.name for t in (*TABLES, *MART_TABLES)), *VIEWS])


def test_every_condition_of_status_is_explained() -> None:
    shown = first_spans(table(OPERATIONS, "condition", "it means", "do"))

    assert shown == list(CONDITIONS)
    assert all(condition in (status.__doc__ or "") for condition in CONDITIONS)


def test_every_series_of_metrics_is_explained() -> None:
    named = [cell.split("{")[0] for cell in first_spans(table(OPERATIONS, "series", "type", "what"))]

    assert named == [*(f"{name}_total" for name in COUNTS), *SPREADS, *GAUGES]


def test_every_part_has_its_log(tmp_path: Path) -> None:
    parts = [part.name for part in all_parts(Settings(_env_file=None, data_dir=tmp_path))]
    rows = table(OPERATIONS, "part", "what it does", "log under `data/logs/`")

    assert sorted(row[2] for row in rows) == sorted(f"`{name}.log`" for name in [*parts, "supervisord"])
    assert {row[0] for row in rows} >= set(parts)


@pytest.mark.filterwarnings("ignore")
def test_everything_that_dagster_shows_is_named() -> None:
    from tracking_pipeline.assets.deliveries import CHECKS as DELIVERY_CHECKS
    from tracking_pipeline.delivery.targets import OTHERS
    from tracking_pipeline.partitions import hourly_partitions
    from tracking_pipeline.reports import CHECKS, WATCHES
    from tracking_pipeline.schedules import delivery_schedule, schedules
    from tracking_pipeline.sensors import landing_sensor, sweep_sensor

    sensors = [landing_sensor(hourly_partitions(dt.date(2026, 11, 25))), sweep_sensor]
    starters = {f"schedule `{s.name}`" for s in [*schedules, *map(delivery_schedule, OTHERS)]} | {
        f"sensor `{s.name}`" for s in sensors
    }
    jobs = table(OPERATIONS, "job", "started by", "what")

    assert set(first_spans(jobs)) == {
        *(value for name, value in vars(names).items() if name.endswith("_JOB")),
        *(names.delivery_job_of(kind.name) for kind in OTHERS),
    }
    assert {re.split(r"[,;]", row[1])[0] for row in jobs} == starters
    assert set(first_spans(table(OPERATIONS, "asset", "what"))) == {
        *(key.to_user_string() for key in (names.LANDING, names.EVENTS, names.ANALYTICS, names.DELIVERIES)),
        *(names.deliveries_to(kind.name).to_user_string() for kind in OTHERS),
        names.DELIVERY_ACCOUNTS.to_user_string(),
        *(mart.name for mart in MARTS),
    }
    others = {"no_hour_is_wrong", "nothing_waits_long", "mart_equals_recomputation"}
    assert set(first_spans(table(OPERATIONS, "check", "on", "red when", "then"))) == {
        *CHECKS,
        *WATCHES,
        *DELIVERY_CHECKS,
        *others,
    }
