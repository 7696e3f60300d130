"""A lake and part files of an older version: the columns they lack are added, and null in what was there before."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ingest_api.landing import Landing, PartFile
from ingest_api.settings import Settings
from tests.tracking_pipeline.lake.parts import at, event, hours, rejected, write_part
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.marts.refresh import refresh
from tracking_pipeline.lake.replace import replace_hour
from tracking_pipeline.lake.schema import make_lake
from tracking_pipeline.lake.tables import TABLES
from tracking_pipeline.lake.upkeep import tidy

# What version 1 did not have.
NEW = {"withdrawn_device_id", "ga_sessions", "ga_fpid", "wallets", "consent", "consent_categories", "scrubbed"}
NEW_OF_DELIVERIES = {"fixes"}
MODERN = {"wallets": ["evm:1"], "consent": "granted", "consent_categories": '{"Analytics":true}', "scrubbed": 0}


def make_old_lake(settings: Settings) -> None:
    """Make the tables as version 1 did, without its views and comments."""
    (settings.lake_dir / "data").mkdir(parents=True)
    with attach.connect(settings) as connection:
        connection.execute("begin")
        for table in TABLES:
            columns = [f"{c.name} {c.type}{' not null' if c.required else ''}" for c in table.columns]
            columns = [column for column in columns if column.split()[0] not in NEW | NEW_OF_DELIVERIES]
            connection.execute(f"create table {table.name} ({', '.join(columns)})")
            if table.partitioned_by:
                connection.execute(f"alter table {table.name} set partitioned by ({table.partitioned_by})")
        connection.execute("insert into fence values (7)")
        connection.execute("commit")


def make_old(landing: Landing, file: PartFile) -> None:
    """Take the new columns out of a part file."""
    path = landing.absolute(file.path)
    table = pq.ParquetFile(path).read()
    old = table.select([name for name in table.column_names if name not in NEW])
    path.unlink()
    with pq.ParquetWriter(path, old.schema, compression="zstd", store_schema=False) as writer:
        writer.write_table(old)
        writer.add_key_value_metadata(table.schema.metadata)


@pytest.fixture
def old_store(tmp_path: Path) -> Store:
    """A lake of version 1, not upgraded yet, and an empty landing zone."""
    settings = Settings(_env_file=None, data_dir=tmp_path)
    make_old_lake(settings)
    landing = Landing(settings.landing_dir)
    landing.make()
    return Store(attach.connect(settings), settings, landing)


def stored(store: Store) -> list[tuple[object, ...]]:
    """Return the rows of events with what is new."""
    columns = "message_id, ga_sessions, ga_fpid, wallets, consent, consent_categories, scrubbed"
    return store.connection.execute(f"select {columns} from events order by message_id").fetchall()


@pytest.mark.slow
def test_an_old_lake_gets_its_new_columns_and_keeps_its_rows(old_store: Store) -> None:
    insert_old_row(old_store)

    make_lake(old_store.settings)

    assert stored(old_store) == [("old", None, None, None, None, None, None)]
    assert old_store.connection.execute("select n from fence").fetchall() == [(7,)]
    refresh(old_store.settings)
    assert old_store.connection.execute("select count(*) from page_views").fetchall() == [(1,)]
    comments = old_store.connection.execute("select comment from duckdb_columns() where column_name = 'wallets'")
    assert all(comment for (comment,) in comments.fetchall())
    assert old_store.connection.execute("select rule, field from delivery_fixes").fetchall() == []


def insert_old_row(store: Store) -> None:
    """Store one event as version 1 did."""
    required = {c.name: c.type for c in TABLES[0].columns if c.required}
    values = ", ".join(f"cast(${name} as {type_})" for name, type_ in required.items())
    row = dict.fromkeys(required) | {"event_id": "0" * 32, "message_id": "old", "source": "s", "type": "page"}
    row |= {name: "2026-11-24 10:00" for name in required if name.endswith("_at")}
    row |= {"occurred_from": "received", "device_is_new": False, "dialect": "segment", "is_bot": False}
    row |= {"date": "2026-11-24", "hour": 10, "source_file": "x", "ordinal": 0, "load_id": 7}
    store.connection.execute(f"insert into events ({', '.join(required)}) values ({values})", row)


@pytest.mark.slow
def test_upgrading_again_changes_nothing(old_store: Store) -> None:
    make_lake(old_store.settings)
    before = old_store.connection.execute("select max(snapshot_id) from ducklake_snapshots('lake')").fetchall()

    make_lake(old_store.settings)

    after = old_store.connection.execute("select max(snapshot_id) from ducklake_snapshots('lake')").fetchall()
    assert after == before


@pytest.mark.slow
def test_connections_opened_after_the_upgrade_outlive_upkeep(old_store: Store) -> None:
    """DuckLake drops the inlined rows of the old shape at its next flush, and fails for whoever knows of them."""
    insert_old_row(old_store)
    make_lake(old_store.settings)
    with attach.connect(old_store.settings, read_only=True) as reader:
        write_part(old_store.landing, [event("new", at(4))], "1")
        load_hours(old_store, hours(4))
        before = reader.execute("select message_id from events order by all").fetchall()

        tidy(old_store.settings)

        assert before == [("new",), ("old",)]
        assert reader.execute("select message_id from events order by all").fetchall() == before


@pytest.mark.slow
def test_a_reader_that_was_there_before_the_upgrade_reads_on(old_store: Store) -> None:
    insert_old_row(old_store)
    with attach.connect(old_store.settings, read_only=True) as reader:
        before = reader.execute("select message_id from events").fetchall()

        make_lake(old_store.settings)

        assert reader.execute("select message_id from events").fetchall() == before == [("old",)]
        assert {name for name, *_ in reader.execute("select * from events").description} >= NEW


@pytest.mark.parametrize("beside_new", [False, True], ids=["alone", "beside new files"])
def test_old_part_files_load_with_nulls(store: Store, beside_new: bool) -> None:
    make_old(store.landing, write_part(store.landing, [event("old", at(4))], "1"))
    make_old(store.landing, write_part(store.landing, [rejected(at(4))], "2"))
    if beside_new:
        write_part(store.landing, [event("new", at(4), **MODERN)], "3")

    loaded = load_hours(store, hours(4))

    new = [("new", None, None, ["evm:1"], "granted", '{"Analytics":true}', 0)]
    assert (loaded.rows, loaded.set_aside_files) == (2 + beside_new, 0)
    assert stored(store) == new * beside_new + [("old", None, None, None, None, None, None)]
    assert store.connection.execute("select reason, scrubbed from rejected_events").fetchall() == [("too_deep", None)]


@pytest.mark.slow
def test_rows_of_both_versions_are_merged_displaced_and_replaced(old_store: Store) -> None:
    make_lake(old_store.settings)
    for number in range(30):
        write_part(old_store.landing, [event(f"{number:02}", at(5), at(3), **MODERN)], f"new {number}")
    load_hours(old_store, hours(5))
    make_old(old_store.landing, write_part(old_store.landing, [event("00", at(4), at(3))], "an earlier copy"))
    load_hours(old_store, hours(4))
    tidy(old_store.settings)
    replace_hour(old_store, hours(5)[0])

    rows = stored(old_store)

    assert rows[0] == ("00", None, None, None, None, None, None)
    assert [row[1:] for row in rows[1:]] == [(None, None, ["evm:1"], "granted", '{"Analytics":true}', 0)] * 29
    duplicates = old_store.connection.execute("select message_id, wallets from duplicates").fetchall()
    assert duplicates == [("00", ["evm:1"])]
    named = "select count(*) from events, unnest(wallets) as named(wallet) where wallet = 'evm:1'"
    assert old_store.connection.execute(named).fetchall() == [(29,)]
