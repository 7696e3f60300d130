"""Who made the lake stands in it: an upgrade happens once or not at all, and a newer lake is refused in a sentence."""

import pytest

from tests.tracking_pipeline.lake.test_upgrade import NEW, old_store
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.schema import make_lake
from tracking_pipeline.lake.version import FORMAT, LakeTooNew, program_version

__all__ = ["old_store"]


def records(store: Store) -> list[tuple[object, ...]]:
    return store.connection.execute("select format, program from upgrades").fetchall()


def test_a_lake_says_who_made_it_and_is_not_made_twice(store: Store) -> None:
    make_lake(store.settings)

    assert records(store) == [(FORMAT, program_version())]


def test_a_lake_of_a_newer_program_is_refused_with_a_sentence(store: Store) -> None:
    store.connection.execute("insert into upgrades values (7, 'abc', '9.1', now())").fetchall()

    with pytest.raises(
        LakeTooNew, match=r"of format 7, made by version 9\.1; this is version .* Start a newer version"
    ):
        make_lake(store.settings)
    with pytest.raises(LakeTooNew):
        attach.connect(store.settings)

    with attach.connect(store.settings, read_only=True) as reader:
        assert reader.execute("select count(*) from events").fetchall() == [(0,)]


@pytest.mark.slow
def test_an_upgrade_that_is_stopped_changes_nothing_and_happens_later_once(old_store: Store) -> None:
    def stop(step: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_lake(old_store.settings, stop)
    before = {name for name, *_ in old_store.connection.execute("select * from events").description or ()}
    make_lake(old_store.settings)
    make_lake(old_store.settings)

    after = {name for name, *_ in old_store.connection.execute("select * from events").description or ()}
    assert before & NEW == set()
    assert after >= NEW
    assert records(old_store) == [(FORMAT, program_version())]


@pytest.mark.slow
def test_a_lake_whose_views_another_catalogue_made_gets_them_anew(store: Store) -> None:
    store.connection.execute("create or replace view typed_events as select event_id from events").fetchall()
    store.connection.execute("update upgrades set fingerprint = 'of another catalogue'").fetchall()

    make_lake(store.settings)

    assert len(store.connection.execute("select * from typed_events").description or ()) > 100
    assert len(records(store)) == 2
