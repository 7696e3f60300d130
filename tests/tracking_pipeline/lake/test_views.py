"""What analysts see beside the tables: typed parameters, freshness, and a comment on everything."""

import json
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from ingest_api.catalogue import catalogue
from ingest_api.settings import Settings
from tests.tracking_pipeline.lake.parts import at, event, hours, write_part
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.dictionary import DESCRIBED
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.marts.tables import MART_TABLES
from tracking_pipeline.lake.schema import make_lake
from tracking_pipeline.lake.tables import TABLES
from tracking_pipeline.lake.views import VIEWS, typed_events


def rows(store: Store, query: str) -> list[tuple[object, ...]]:
    return store.connection.execute(query).fetchall()


def load(store: Store, **properties: object) -> None:
    """Load one event of hour 4 with these properties."""
    write_part(store.landing, [event("e", at(4), properties=json.dumps(properties))], "1")
    load_hours(store, hours(4))


def test_a_new_property_is_there_at_once(store: Store) -> None:
    load(store, nobody_knew="this", nested={"n": 1})

    found = rows(store, "select properties->>'nobody_knew', properties->>'$.nested.n' from events")

    assert found == [("this", "1")]


def test_the_catalogue_types_its_parameters(store: Store) -> None:
    load(
        store, from_chain_id=1, from_amount=f"{10**36}1", from_amount_usd="0.1", is_wallet_connected=True,
        routes=[{"tool": "relay"}], best_tool="across",
    )  # fmt: skip

    found = rows(
        store,
        "select from_chain_id, from_amount, from_amount_usd, is_wallet_connected, routes, best_tool, to_chain_id"
        " from typed_events",
    )

    assert found == [(1, Decimal(f"{10**36}1"), Decimal("0.1"), True, '[{"tool":"relay"}]', "across", None)]


def test_a_value_of_another_type_is_null_there_and_kept_in_properties(store: Store) -> None:
    wrong = [
        {"from_chain_id": "ethereum"},
        {"from_chain_id": 1.5},
        {"from_chain_id": 10**30},
        {"from_amount": "-"},
        {"from_amount_usd": {"usd": 1}},
        {"is_wallet_connected": "perhaps"},
    ]
    events = [event(f"{n}", at(4, n), properties=json.dumps(properties)) for n, properties in enumerate(wrong)]
    write_part(store.landing, events, "1")

    loaded = load_hours(store, hours(4))

    names = "from_chain_id, from_amount, from_amount_usd, is_wallet_connected"
    assert loaded.set_aside_files == 0
    assert rows(store, f"select distinct {names} from typed_events") == [(None, None, None, None)]
    assert rows(store, "select properties from typed_events order by received_at") == [(json.dumps(w),) for w in wrong]


def test_every_parameter_is_a_column() -> None:
    text = typed_events()

    assert all(f' as "{name}"' in text for name in catalogue().params)


def test_freshness_says_what_waits_and_how_far_the_marts_are(store: Store) -> None:
    write_part(store.landing, [event("a", at(4))], "1")
    write_part(store.landing, [event("b", at(5))], "2")
    write_part(store.landing, [event("c", at(5, 1))], "3")
    load_hours(store, hours(4))

    names = "waiting_files, waiting_hours, oldest_waiting_hour::varchar, loads_not_in_marts, marts_refreshed_at"
    found = rows(store, f"select {names} from freshness")
    upto = rows(store, "select loaded_up_to = published_at, last_load_at = loaded_at from freshness, loaded_files")

    assert found == [(2, 1, "2026-11-25 05:00:00", 1, None)]
    assert upto == [(True, True)]


@pytest.mark.slow
def test_freshness_follows_a_data_folder_that_was_moved(tmp_path: Path) -> None:
    old, new = (Settings(_env_file=None, data_dir=tmp_path / name) for name in ("old", "new"))
    make_lake(old)
    old.data_dir.rename(new.data_dir)
    folder = new.landing_dir / "events" / "date=2026-11-25" / "hour=04"
    folder.mkdir(parents=True)
    (folder / "part-1.parquet").touch()
    with sqlite3.connect(new.lake_dir / "catalog.sqlite") as catalog:  # DuckLake's own part of moving
        catalog.execute("update ducklake_metadata set value = ? where key = 'data_path'", [f"{new.lake_dir / 'data'}/"])
    catalog.close()

    make_lake(new)

    with attach.opened(new, read_only=True) as connection:
        assert connection.execute("select waiting_files from freshness").fetchall() == [(1,)]


def test_every_table_column_and_view_has_a_comment(store: Store) -> None:
    """DuckLake takes no comments on the columns of a view."""
    tables = rows(store, "select table_name, comment from duckdb_tables() where database_name = 'lake'")
    columns = rows(
        store,
        "select c.table_name, c.column_name, c.comment from duckdb_columns() c"
        " join duckdb_tables() t using (database_name, table_name) where c.database_name = 'lake'",
    )
    views = rows(store, "select view_name, comment from duckdb_views() where database_name = 'lake' and not internal")

    assert {name for name, _ in tables} == {table.name for table in (*TABLES, *MART_TABLES)}
    assert {name for name, _ in views} == set(VIEWS)
    assert len(columns) == sum(len(table.columns) for table in (*TABLES, *MART_TABLES))
    assert [row for row in (*tables, *columns, *views) if not row[-1]] == []


def test_the_dictionary_has_every_column_of_tables_and_views(store: Store) -> None:
    said = rows(store, "select table_name, column_name, comment from data_dictionary")
    found = rows(store, "select table_name, column_name from duckdb_columns() where database_name = 'lake'")
    described = {(view, column) for view, column in DESCRIBED if view}

    assert sorted((table, column) for table, column, _ in said) == sorted(found)
    assert [row for row in said if not row[-1]] == []
    assert described <= set(found)
    assert ("sessions", "is_bounce", column_comment("sessions", "is_bounce")) in said


def column_comment(table: str, name: str) -> str:
    """Return what the tables' module says of a column."""
    [told] = [one.about for mart in MART_TABLES if mart.name == table for one in mart.columns if one.name == name]
    return told
