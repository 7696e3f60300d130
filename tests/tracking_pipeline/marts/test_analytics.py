"""The marts as one file: whole at any time, what the marts hold, and no reader is disturbed by the next one."""

import datetime as dt
import os
import shutil
from pathlib import Path

import duckdb
import pytest

from ingest_api.settings import Settings
from tests.tracking_pipeline.lake.parts import at, event, hours, write_part
from tests.tracking_pipeline.marts.test_lake import rows
from tracking_pipeline.lake.changed import changed_ns, mark_changed
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.marts import seen
from tracking_pipeline.lake.marts.analytics import publish
from tracking_pipeline.lake.marts.analytics_due import mark_of, path_of, reason_to_wait
from tracking_pipeline.lake.marts.refresh import refresh
from tracking_pipeline.lake.marts.tables import MART_TABLES

PAGES = "select count(*) from page_views"


def bring_up(store: Store, day: str = "2026-11-25") -> None:
    """Put one row more into a mart."""
    store.connection.execute(f"insert into page_views (day, event_id, occurred_at) select '{day}', uuid(), '{day}'")


def opened(settings: Settings) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(path_of(settings)), read_only=True)


@pytest.mark.slow
@pytest.mark.drill
def test_the_file_holds_the_marts_with_their_comments(store: Store) -> None:
    write_part(store.landing, [event("a", at(4), at(4), anonymous_id="a")], "1")
    load_hours(store, hours(4))
    refresh(store.settings)

    published = publish(store.settings)

    with opened(store.settings) as file:
        for table in MART_TABLES:
            text = f"select columns(*)::varchar from {table.name} order by all"
            assert file.execute(text).fetchall() == rows(store, text)
        about = "select comment from duckdb_{}() where not internal"
        comments = [file.execute(about.format(kind)).fetchall() for kind in ("tables", "columns")]
    assert [len(found) for found in comments] == [len(MART_TABLES), sum(len(table.columns) for table in MART_TABLES)]
    assert all(text for found in comments for (text,) in found)
    assert published is not None
    assert published.bytes == path_of(store.settings).stat().st_size
    assert path_of(store.settings).stat().st_mode & 0o777 == 0o444
    left = {path.name for path in store.settings.data_dir.iterdir() if "analytics" in path.name}
    assert left == {"analytics.duckdb"}


@pytest.mark.slow
@pytest.mark.drill
def test_who_has_the_old_file_open_reads_on(store: Store) -> None:
    bring_up(store)
    publish(store.settings)
    with opened(store.settings) as reader:
        assert reader.execute(PAGES).fetchall() == [(1,)]
        bring_up(store)

        publish(store.settings)

        assert reader.execute(PAGES).fetchall() == [(1,)]
        with duckdb.connect() as another:  # one process keeps one version of a path open; another name, another version
            another.execute(
                f"attach '{shutil.copy(path_of(store.settings), store.settings.data_dir / 'copy')}' as file"
            )
            assert another.execute("select count(*) from file.page_views").fetchall() == [(2,)]


@pytest.mark.slow
@pytest.mark.drill
def test_what_a_killed_run_and_a_careless_tool_left_does_no_harm(store: Store) -> None:
    bring_up(store)
    publish(store.settings)
    folder = store.settings.data_dir
    (folder / ".analytics.duckdb.new").write_bytes(path_of(store.settings).read_bytes()[:5000])
    (folder / ".analytics.duckdb.new.wal").write_bytes(b"half")
    (folder / "analytics.duckdb.wal").write_bytes(b"written by somebody who opened it for writing")
    bring_up(store)

    publish(store.settings)

    with opened(store.settings) as file:
        assert file.execute(PAGES).fetchall() == [(2,)]
    assert {path.name for path in folder.iterdir() if "analytics" in path.name} == {"analytics.duckdb"}


@pytest.mark.slow
@pytest.mark.drill
def test_a_run_that_fails_leaves_the_old_file(store: Store) -> None:
    bring_up(store)
    publish(store.settings)
    store.connection.execute("alter table swaps rename to elsewhere").fetchall()

    with pytest.raises(duckdb.CatalogException):
        publish(store.settings)

    with opened(store.settings) as file:
        assert file.execute(PAGES).fetchall() == [(1,)]


@pytest.mark.slow
@pytest.mark.drill
def test_old_days_are_left_to_the_lake(store: Store) -> None:
    today = dt.datetime.now(dt.UTC).date()
    bring_up(store, f"{today}")
    bring_up(store, f"{today - dt.timedelta(days=2)}")

    publish(store.settings.model_copy(update={"analytics_days": 1}))

    with opened(store.settings) as file:
        assert file.execute("select day from page_views").fetchall() == [(today,)]


def test_a_file_is_due_when_the_marts_moved_on_and_a_pause_has_passed(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    settings.lake_dir.mkdir()
    mark_changed(settings)
    assert reason_to_wait(settings) == "the marts come first"

    seen.remember(settings, changed_ns(settings))
    assert reason_to_wait(settings) is None

    path_of(settings).touch()
    mark_of(settings).write_text("3.0")
    os.utime(mark_of(settings), ns=(changed_ns(settings), changed_ns(settings)))
    assert reason_to_wait(settings) == "the file holds what the marts hold"

    published_s = path_of(settings).stat().st_mtime
    os.utime(mark_of(settings), ns=(1, 1))
    assert reason_to_wait(settings, published_s + 10) == "the next file is due in 20 s"
    assert reason_to_wait(settings, published_s + 31) is None
    assert reason_to_wait(settings.model_copy(update={"analytics_days": 0})) == "TRACKING_ANALYTICS_DAYS is 0"
