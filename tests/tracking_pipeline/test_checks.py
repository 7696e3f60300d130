"""Every check in Dagster: red by its own fault, with its severity and its hour; every page says what to do then."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from ingest_api.partitions import HOUR_US, hour_of
from ingest_api.settings import Settings
from tests.tracking_pipeline.lake.parts import at, event, hours, new_store, rejected, write_part
from tracking_pipeline.definitions import build
from tracking_pipeline.lake.accounting import hour_states
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.replace import replace_hour
from tracking_pipeline.names import CHECK_FLOW_JOB, CHECK_HOURS_JOB, EVENTS, LOAD_JOB, NO_HOUR_IS_WRONG
from tracking_pipeline.reports import CHECKS, WATCHES, findings
from tracking_pipeline.sensors import SWEEP_JOB

pytestmark = pytest.mark.filterwarnings("ignore")
HOUR = hours(4)[0]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Hour 4 has two events, two copies, and as many refused ones as make a person look."""
    made = new_store(tmp_path)
    write_part(made.landing, [event("a", at(4)), event("b", at(4)), event("a", at(4, 1)), event("b", at(4, 1))], "1")
    write_part(made.landing, [rejected(at(4)) for _ in range(25)], "2")
    load_hours(made, hours(4))
    yield made
    made.connection.close()


def shown(folder: Path) -> dg.Definitions:
    """The definitions with every destination turned on."""
    webhook = {"webhook_url": "http://127.0.0.1:9/", "webhook_secret": "s" * 32}
    return build(Settings(_env_file=None, data_dir=folder, start_date=HOUR.date, **webhook))  # type: ignore[call-arg, arg-type]


def definitions(store: Store) -> dg.Definitions:
    return build(store.settings.model_copy(update={"start_date": HOUR.date}))


def red(store: Store) -> list[str]:
    return [f.check for f in findings(hour_states(store.connection, store.landing, [HOUR])[HOUR]) if not f.passed]


@pytest.mark.slow
def test_each_fault_of_an_hours_rows_makes_its_check_red(store: Store) -> None:
    assert red(store) == []

    lost = "delete from rejected_events where ordinal = 0"
    store.connection.execute(lost).fetchall()
    assert red(store) == ["hour_adds_up"]

    store.connection.execute("insert into events from events where message_id = 'a'").fetchall()
    assert red(store) == ["no_message_twice"]  # one row too few and one too many: the sum alone does not see it

    store.connection.execute("delete from events where message_id = 'b'").fetchall()
    assert red(store) == ["hour_adds_up", "no_message_twice"]  # a copy without its winner

    late = write_part(store.landing, [event("c", at(4))], "3")
    os.utime(store.landing.absolute(late.path), (time.time() - 61,) * 2)
    assert red(store) == ["hour_adds_up", "no_message_twice", "files_all_loaded"]


@pytest.mark.slow
@pytest.mark.drill
def test_check_jobs_log_severity_and_hour_and_the_next_good_one_is_green(store: Store) -> None:
    defs = definitions(store)
    late = write_part(store.landing, [event("d", at(5))], "4")
    os.utime(store.landing.absolute(late.path), (time.time() - 400,) * 2)
    watched = {"ops": {"watch_hours": {"config": {"hours": [HOUR.key, hours(5)[0].key]}}}}
    drained = {"ops": {"drain_landing": {"config": {"hours": [hours(5)[0].key]}}}}
    recent_us = time.time_ns() // 1000 - 3 * HOUR_US
    write_part(store.landing, [event("recent", recent_us)], "5")
    load_hours(store, [hour_of(recent_us)])
    store.connection.execute("delete from events where message_id = 'recent'").fetchall()
    with dg.instance_for_test() as instance:
        of_hours = defs.resolve_job_def(CHECK_HOURS_JOB).execute_in_process(instance=instance, run_config=watched)
        waits = defs.resolve_job_def(CHECK_FLOW_JOB).execute_in_process(instance=instance)
        loaded = defs.resolve_job_def(LOAD_JOB).execute_in_process(instance=instance, run_config=drained)
        replace_hour(store, hour_of(recent_us))
        well = defs.resolve_job_def(CHECK_FLOW_JOB).execute_in_process(instance=instance)

    results = {(e.check_name, e.partition): e for e in of_hours.get_asset_check_evaluations()}
    assert {name for name, _ in results} == set(WATCHES)
    assert {severity for e in results.values() for severity in [e.severity]} == {dg.AssetCheckSeverity.WARN}
    assert [key for key, e in results.items() if not e.passed] == [("few_rejected", HOUR.key)]
    assert list(results)[-1] == ("few_rejected", HOUR.key)  # what lists show
    assert results["few_rejected", HOUR.key].metadata["percent"].value == 86.21
    flow = {e.check_name: (e.passed, e.severity) for e in waits.get_asset_check_evaluations()}
    assert flow == {
        "nothing_waits_long": (False, dg.AssetCheckSeverity.WARN),
        "no_hour_is_wrong": (False, dg.AssetCheckSeverity.ERROR),
    }
    named = [e.metadata["bad_hours"].value for e in waits.get_asset_check_evaluations() if "bad_hours" in e.metadata]
    assert named == [hour_of(recent_us).key]
    still = [e for e in loaded.get_asset_check_evaluations() if e.check_name == NO_HOUR_IS_WRONG]
    assert [e.passed for e in still] == [False]  # else Dagster took it for not evaluated beside the new hour
    assert all(e.passed for e in well.get_asset_check_evaluations())


@pytest.mark.slow
def test_an_hour_that_is_materialized_is_judged_by_all_and_a_warning_fails_no_run(store: Store) -> None:
    defs = definitions(store)
    job = dg.define_asset_job("one_hour", dg.AssetSelection.assets(EVENTS))
    hour = dg.Definitions(assets=defs.assets, asset_checks=defs.asset_checks, jobs=[job], resources=defs.resources)

    done = hour.resolve_job_def("one_hour").execute_in_process(partition_key=HOUR.key)

    found = {e.check_name: (e.passed, e.severity) for e in done.get_asset_check_evaluations()}
    assert set(found) == {*CHECKS, *WATCHES, "no_hour_is_wrong"}
    assert {name: found[name] for name in found if not found[name][0]} == {
        "few_rejected": (False, dg.AssetCheckSeverity.WARN)
    }


def test_every_page_says_what_is_safe_and_what_to_do_when_red(tmp_path: Path) -> None:
    defs = shown(tmp_path)
    graph = defs.resolve_asset_graph()

    for key in graph.get_all_asset_keys():
        about = graph.get(key).description or ""
        assert "**Rerun:**" in about, key
        assert "**Red?**" in about, key
        assert "ne row" in about or key.to_user_string() == "analytics_file", key
    checks = {key.name: defs.resolve_asset_graph().get_check_spec(key) for key in graph.asset_check_keys}
    assert set(CHECKS) | set(WATCHES) < set(checks)
    assert [name for name, spec in checks.items() if "**Red?**" not in (spec.description or "")] == []
    assert {name for name in {*CHECKS, *WATCHES} if checks[name].blocking} == set(CHECKS)
    assert {graph.get(key).group_name for key in graph.get_all_asset_keys()} == {"landing", "lake", "marts", "delivery"}


def test_every_sensor_and_schedule_says_what_it_waits_for(tmp_path: Path) -> None:
    defs = shown(tmp_path)

    starters = [*(defs.sensors or ()), *(defs.schedules or ())]
    assert [s.name for s in starters if "Waits for" not in (s.description or "")] == []  # type: ignore[union-attr]
    assert SWEEP_JOB in {job.name for job in defs.resolve_all_job_defs()}
