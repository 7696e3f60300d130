"""The marts in Dagster: asked for only when something was loaded, one materialization each, a check that can fail."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict

import dagster as dg
import pytest

from tests.tracking_pipeline.lake.parts import at, event, hours, write_part
from tracking_pipeline.definitions import build
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.marts.analytics_due import path_of
from tracking_pipeline.lake.marts.tables import MARTS
from tracking_pipeline.lake.marts.verify import Verified, verify
from tracking_pipeline.names import MARTS_JOB
from tracking_pipeline.standing import JUDGED_AT

pytestmark = [pytest.mark.slow, pytest.mark.drill, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def defs(store: Store) -> dg.Definitions:
    """The definitions of a lake with two sessions."""
    rows = [event(name, at(4), at(4), anonymous_id=name, device_id="d") for name in "ab"]
    write_part(store.landing, rows, "1")
    load_hours(store, hours(4))
    return build(store.settings.model_copy(update={"start_date": dt.date(2026, 11, 25)}))


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as made:
        yield made


def test_a_run_is_asked_for_until_the_marts_have_seen_the_lake(
    store: Store, defs: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    schedule = defs.resolve_schedule_def("marts_every_minute")
    context = dg.build_schedule_context(instance=instance, resources={"settings": store.settings})
    assert len(schedule.evaluate_tick(context).run_requests or ()) == 1

    done = defs.resolve_job_def(MARTS_JOB).execute_in_process(instance=instance)

    materialized = {one.asset_key.to_user_string() for one in done.get_asset_materialization_events() if one.asset_key}
    assert materialized == {*(mart.name for mart in MARTS), "analytics_file"}
    assert path_of(store.settings).exists()
    assert schedule.evaluate_tick(context).skip_message == "the marts have seen all that was loaded"


def test_the_check_sees_marts_that_are_not_what_events_say(
    store: Store, defs: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    defs.resolve_job_def(MARTS_JOB).execute_in_process(instance=instance)
    assert verify(store.settings).sound
    store.connection.execute("update sessions set events = 7 where client = 'a'").fetchall()
    store.connection.execute("delete from events_by_day where client = 'b'").fetchall()

    checked = defs.resolve_job_def("check_marts").execute_in_process(instance=instance)

    [evaluation] = checked.get_asset_check_evaluations()
    found = {name: value.value for name, value in evaluation.metadata.items()}
    assert not evaluation.passed
    wrong = {"events_missing": 1, "sessions_differ": 2, "visitors_differ": 1, "days_differ": 1}
    assert found == asdict(Verified(clients_sampled=2, **wrong))

    refreshed = defs.resolve_job_def(MARTS_JOB).execute_in_process(instance=instance)
    [again] = refreshed.get_asset_check_evaluations()  # else Dagster took it for not evaluated
    assert (again.passed, again.metadata.keys()) == (False, {*found, JUDGED_AT})

    rebuilt = {"ops": {"marts": {"config": {"rebuild": True}}}}
    anew = defs.resolve_job_def(MARTS_JOB).execute_in_process(instance=instance, run_config=rebuilt)
    assert anew.get_asset_check_evaluations() == []  # what was found was of other rows
    assert verify(store.settings).sound
