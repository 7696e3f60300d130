"""Backfill: many hours in a transaction, newest first; hours at fault are left out, and cost no other."""

import pytest

from ingest_api.landing import Landing
from tests.tracking_pipeline.lake.parts import at, event, hours, resting, write_part
from tracking_pipeline.lake import backfill
from tracking_pipeline.lake.backfill import grouped, replace_hours
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours

DAY = hours(*range(24))


def test_groups_are_newest_first_and_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (3, 4, 5):
        write_part(store.landing, [event(str(n), at(number)) for n in range(4)], str(number))
    monkeypatch.setattr(backfill, "MAX_ROWS", 8)

    assert list(grouped(store.landing, hours(3, 4, 5))) == [hours(5, 4), hours(3)]
    monkeypatch.setattr(backfill, "MAX_ROWS", 1)
    assert list(grouped(store.landing, hours(3, 4, 5))) == [hours(5), hours(4), hours(3)]
    monkeypatch.setattr(backfill, "MAX_ROWS", 100)
    monkeypatch.setattr(backfill, "MAX_HOURS", 10)
    assert [len(group) for group in grouped(Landing(store.landing.root), DAY)] == [10, 10, 4]


@pytest.mark.slow
def test_hours_are_replaced_in_one_transaction(store: Store) -> None:
    for number in (3, 4, 5):
        write_part(store.landing, [event("a", at(number)), event(str(number), at(number))], str(number))
    load_hours(store, hours(3, 4, 5))
    before = resting(store)
    store.connection.execute("delete from events where message_id = '4'")

    done = list(replace_hours(store.settings, DAY))

    assert resting(store) == before
    assert [state.hour for state in done] == DAY[::-1]
    assert len({state.loaded.load_id for state in done}) == 1
    assert sum(state.loaded.rows for state in done) == 6
    assert all(state.checked.adds_up and state.checked.unique for state in done)


@pytest.mark.slow
def test_hours_at_fault_are_left_as_they_are_and_cost_no_other(store: Store) -> None:
    parts = [write_part(store.landing, [event(str(number), at(number))], str(number)) for number in (3, 4, 5, 6)]
    load_hours(store, hours(3, 4, 5, 6))
    before = resting(store)
    store.landing.delete(parts[1].path)
    store.landing.absolute(parts[2].path).write_bytes(bytes(parts[2].bytes))
    store.connection.execute("delete from events where message_id in ('3', '6')")

    done = {state.hour: state.refused for state in replace_hours(store.settings, hours(3, 4, 5, 6))}

    assert resting(store) == before
    assert [hour for hour, refused in done.items() if refused] == hours(5, 4)
    assert parts[1].name in str(done[hours(4)[0]])
    assert "cannot be read now" in str(done[hours(5)[0]])


@pytest.mark.slow
def test_an_hour_that_would_take_a_lost_one_with_it_is_refused_alone(store: Store) -> None:
    winner = write_part(store.landing, [event("a", at(3))], "3")
    lost = write_part(store.landing, [event("a", at(7)), event("b", at(7))], "7")
    write_part(store.landing, [event("c", at(4))], "4")
    load_hours(store, hours(3, 4, 7))
    before = resting(store)["events"]
    store.landing.delete(lost.path)
    store.connection.execute("delete from events where message_id = 'c'")
    store.landing.delete(winner.path)
    store.connection.execute("delete from loaded_files where hour = 3")

    done = {state.hour: state.refused for state in replace_hours(store.settings, hours(3, 4))}

    assert resting(store)["events"] == before
    assert [hour for hour, refused in done.items() if refused] == hours(3)
