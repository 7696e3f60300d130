"""Loading: what lands is stored once, what cannot be read is set aside and counted, nothing else suffers."""

from pathlib import Path

import pytest

from ingest_api.landing import Landing, fingerprint
from ingest_api.settings import Settings
from tests.tracking_pipeline.lake.parts import at, event, hours, rejected, resting, write_part
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.accounting import accounts, hour_states
from tracking_pipeline.lake.drain import drain, sweep
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.replace import HourRefused, replace_hour
from tracking_pipeline.lake.schema import make_lake


def test_events_and_rejected_of_an_hour_are_loaded_in_one_transaction(store: Store) -> None:
    write_part(store.landing, [event("a", at(4)), event("b", at(4))], "1")
    write_part(store.landing, [rejected(at(4))], "2")

    loaded = load_hours(store, hours(4))

    assert (loaded.files, loaded.rows) == (2, 3)
    assert store.connection.execute("select distinct load_id from loaded_files").fetchall() == [(loaded.load_id,)]
    [account] = accounts(store.connection, *hours(4, 4))
    assert (account.received, account.stored, account.rejected, account.residual) == (3, 2, 1, 0)


def test_loading_again_changes_nothing(store: Store) -> None:
    write_part(store.landing, [event("a", at(4))], "1")
    load_hours(store, hours(4))
    before = resting(store)

    again = load_hours(store, hours(4))

    assert (again.files, resting(store)) == (0, before)


def test_the_copy_received_first_stays_even_if_it_is_loaded_last(store: Store) -> None:
    write_part(store.landing, [event("a", at(5), at(3))], "later")
    load_hours(store, hours(5))
    write_part(store.landing, [event("a", at(4), at(3))], "earlier")

    load_hours(store, hours(4))

    assert store.connection.execute("select hour from events").fetchall() == [(4,)]
    assert store.connection.execute("select hour from duplicates").fetchall() == [(5,)]
    assert store.connection.execute("select hour from removed").fetchall() == [(5,)]


def test_one_message_id_at_two_client_times_is_two_events(store: Store) -> None:
    write_part(store.landing, [event("a", at(4), at(1)), event("a", at(4, 1), at(2))], "1")

    load_hours(store, hours(4))

    assert store.connection.execute("select count(*) from events").fetchone() == (2,)


def test_numbers_keep_every_digit(store: Store) -> None:
    text = '{"wei":115792089237316195423570985008687907853269984665640564039457584007913129639935,"é":"ü😀"}'
    write_part(store.landing, [event("a", at(4), properties=text)], "1")

    load_hours(store, hours(4))

    assert store.connection.execute("select properties from events").fetchone() == (text,)


def test_bots_are_flagged_and_kept(store: Store) -> None:
    agents = {"a": "Mozilla/5.0 (compatible; Googlebot/2.1)", "b": "Mozilla/5.0 (X11; Linux) Firefox/140.0", "c": None}
    write_part(store.landing, [event(name, at(4), user_agent=agent) for name, agent in agents.items()], "1")

    load_hours(store, hours(4))

    flags = store.connection.execute("select message_id, is_bot from events order by all").fetchall()
    assert flags == [("a", True), ("b", False), ("c", False)]


@pytest.mark.parametrize("damage", ["truncated", "garbage", "empty", "middle"])
def test_a_damaged_file_is_set_aside_and_its_neighbours_load(store: Store, damage: str) -> None:
    write_part(store.landing, [event("good", at(4))], "good")
    bad = write_part(
        store.landing, [event(f"m{n}", at(4), properties=f'{{"x":"{n * 7919}"}}') for n in range(50)], "bad"
    )
    path = store.landing.absolute(bad.path)
    data = path.read_bytes()
    broken = {
        "truncated": data[: len(data) // 2],
        "garbage": b"no parquet at all, but long enough to be one",
        "empty": b"",
        "middle": data[:200] + bytes(400) + data[600:],
    }
    path.write_bytes(broken[damage])

    load_hours(store, hours(4))

    assert store.connection.execute("select message_id from events").fetchall() == [("good",)]
    assert store.connection.execute("select rows, source_file from set_aside").fetchall() == [(50, bad.path)]
    [account] = accounts(store.connection, *hours(4, 4))
    assert (account.received, account.set_aside, account.residual) == (51, 50, 0)


def test_a_foreign_parquet_file_is_set_aside(store: Store) -> None:
    write_part(store.landing, [event("good", at(4))], "good")
    folder = store.landing.root / "events" / hours(4)[0].folder
    store.connection.execute(f"copy (select 1 as x) to '{folder}/foreign.parquet'")

    load_hours(store, hours(4))

    assert store.connection.execute("select message_id from events").fetchall() == [("good",)]
    [(detail,)] = store.connection.execute("select detail from set_aside").fetchall()
    assert "publisher did not write" in detail


def test_stray_files_and_folders_are_passed_over_and_named(store: Store) -> None:
    write_part(store.landing, [event("good", at(4))], "good")
    root = store.landing.root / "events"
    (root / hours(4)[0].folder / "notes.txt").write_text("hello")
    (root / hours(4)[0].folder / "folder.parquet").mkdir()
    (root / "date=tomorrow" / "hour=99").mkdir(parents=True)
    (root / "date=2026-11-25" / "hour=xx").mkdir()

    load_hours(store, store.landing.hours())

    assert store.connection.execute("select message_id from events").fetchall() == [("good",)]
    assert store.landing.strays() == [
        "events/date=2026-11-25/hour=04/folder.parquet",
        "events/date=2026-11-25/hour=04/notes.txt",
        "events/date=2026-11-25/hour=xx",
        "events/date=tomorrow/hour=99",
    ]


def test_the_fingerprint_is_only_given_when_all_listed_files_are_loaded(store: Store) -> None:
    first = write_part(store.landing, [event("a", at(4))], "1")
    load_hours(store, hours(4))
    second = write_part(store.landing, [event("b", at(4))], "2")

    before = hour_states(store.connection, store.landing, hours(4))[hours(4)[0]]
    load_hours(store, hours(4))
    after = hour_states(store.connection, store.landing, hours(4))[hours(4)[0]]

    assert (before.fingerprint, before.not_loaded) == (None, (second.path,))
    assert after.fingerprint == fingerprint([first.path, second.path])


def test_replacing_an_hour_mends_rows_that_were_lost(store: Store) -> None:
    write_part(store.landing, [event("a", at(4)), event("b", at(4))], "1")
    write_part(store.landing, [event("b", at(5))], "2")
    load_hours(store, hours(4, 5))
    before = resting(store)
    store.connection.execute("delete from events where message_id = 'a'")

    replace_hour(store, hours(4)[0])

    assert resting(store) == before


def test_replacing_is_refused_when_a_loaded_file_is_gone(store: Store) -> None:
    part = write_part(store.landing, [event("a", at(4))], "1")
    load_hours(store, hours(4))
    before = resting(store)
    store.landing.delete(part.path)

    with pytest.raises(HourRefused, match=part.name):
        replace_hour(store, hours(4)[0])

    assert resting(store) == before


def test_replacing_is_refused_when_a_loaded_file_cannot_be_read_any_more(store: Store) -> None:
    part = write_part(store.landing, [event("a", at(4))], "1")
    load_hours(store, hours(4))
    path = store.landing.absolute(part.path)
    path.write_bytes(bytes(part.bytes))

    with pytest.raises(HourRefused, match="cannot be read now"):
        replace_hour(store, hours(4)[0])


def test_replacing_an_empty_hour_is_fine(store: Store) -> None:
    assert replace_hour(store, hours(9)[0]).rows == 0


def test_the_sweep_finds_what_was_never_loaded(store: Store) -> None:
    write_part(store.landing, [event("a", at(4))], "1")
    write_part(store.landing, [event("b", at(7))], "2")
    load_hours(store, hours(4))

    assert sweep(store.settings) == hours(7)


def test_a_drain_loads_given_hours_and_lets_go_of_the_baton(store: Store) -> None:
    write_part(store.landing, [event("a", at(4))], "1")

    drained = drain(store.settings, hours(4), idle_s=0.2)

    assert (drained.loaded.rows, drained.failed) == (1, {})
    assert sweep(store.settings) == []


def test_a_lake_that_is_there_is_left_as_it_is(store: Store) -> None:
    write_part(store.landing, [event("a", at(4))], "1")
    load_hours(store, hours(4))

    make_lake(store.settings)

    assert store.connection.execute("select count(*) from events").fetchone() == (1,)


def test_every_table_and_column_has_a_comment(store: Store) -> None:
    bare = store.connection.execute(
        "select table_name from duckdb_tables() where database_name = 'lake' and comment is null"
        " union all select table_name || '.' || column_name from duckdb_columns() c"
        " where database_name = 'lake' and comment is null"
        " and table_name in (select table_name from duckdb_tables() where database_name = 'lake')"
    ).fetchall()
    assert bare == []


def test_everything_on_disk_is_private(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    make_lake(settings)
    landing = Landing(settings.landing_dir)
    write_part(landing, [event("a", at(4))], "1")
    with attach.opened(settings) as connection:
        load_hours(Store(connection, settings, landing), hours(4))

    open_to_others = [p for p in settings.lake_dir.iterdir() if p.is_dir() and p.stat().st_mode & 0o077]
    assert open_to_others == []
