"""Lines of the operations page that no other test tries: break it, see it named, do what the page says, see it well."""

import datetime as dt
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import Result
from typer.testing import CliRunner

from ingest_api.frames import encode
from tests.tracking_pipeline.lake.parts import at, event, hours, new_store, write_part
from tracking_pipeline.cli import make_app
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.marts.refresh import refresh

pytestmark = [pytest.mark.slow, pytest.mark.drill]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("TRACKING_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TRACKING_RESERVE_MB", "0")
    made = new_store(tmp_path)
    yield made
    made.connection.close()


def tracking(*arguments: str) -> Result:
    return CliRunner().invoke(make_app([arguments[0]]), arguments)


def needs(*_: Any) -> list[str]:
    """What `tracking status` says needs a person."""
    done = tracking("status", "--json", "--hours", "90000")
    found: list[str] = json.loads(done.stdout)["needs"]
    assert done.exit_code == (1 if found else 0)
    return found


def backdate(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_a_damaged_part_file_that_is_restored_loads(store: Store) -> None:
    part = write_part(store.landing, [event("a", at(4))], "1")
    path = store.landing.absolute(part.path)
    sound = path.read_bytes()
    path.write_bytes(sound[:100])
    load_hours(store, hours(4))
    assert needs() == ["files_set_aside"]

    path.write_bytes(sound)

    assert "1 of 1 hours replaced, 1 rows" in tracking("backfill", hours(4)[0].key).stdout
    assert needs() == []
    assert store.connection.execute("select count(*) from events").fetchall() == [(1,)]


def test_files_that_wait_for_over_five_minutes_need_a_person_until_they_are_loaded(store: Store) -> None:
    part = write_part(store.landing, [event("a", at(4))], "1")
    assert needs() == []

    backdate(store.landing.absolute(part.path), 301)
    assert needs() == ["files_not_loading"]

    load_hours(store, hours(4))
    assert needs() == []


def test_marts_that_lag_behind_need_a_person_until_they_are_refreshed(store: Store) -> None:
    write_part(store.landing, [event("a", at(4))], "1")
    load_hours(store, hours(4))
    store.connection.execute("update loaded_files set loaded_at = loaded_at - interval 901 seconds").fetchall()
    assert needs() == ["marts_behind"]

    refresh(store.settings)
    assert needs() == []


def test_a_spool_that_is_not_published_needs_a_person(store: Store) -> None:
    store.settings.spool_dir.mkdir()
    segment = store.settings.spool_dir / f"{'0' * 32}.seg"
    now_us = time.time_ns() // 1000
    segment.write_bytes(encode(msgspec.msgpack.encode(event("a", now_us - 59_000_000)), 0))
    assert needs() == []

    segment.write_bytes(encode(msgspec.msgpack.encode(event("a", now_us - 61_000_000)), 0))
    assert needs() == ["spool_not_publishing"]


def test_a_disk_below_the_reserve_needs_a_person(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert needs() == []

    monkeypatch.setenv("TRACKING_RESERVE_MB", str(10**9))
    assert needs() == ["disk_nearly_full"]


def test_unsent_events_that_expire_soon_and_refused_ones_need_a_person(store: Store) -> None:
    now_us = time.time_ns() // 1000
    old_us = now_us - 60 * 3600 * 1_000_000
    write_part(store.landing, [event("old", old_us), event("dead", old_us)], "1")
    load_hours(store, store.landing.hours())
    since = dt.datetime.fromtimestamp(old_us / 1e6 - 1, dt.UTC).replace(tzinfo=None)
    store.connection.execute("insert into destinations values ('ga4', 'G-1', ?)", [since]).fetchall()
    close = (
        "insert into deliveries (event_id, destination, state, http_status, recorded_at, load_id, date, hour)"
        " select event_id, 'ga4', ?, ?, now()::timestamp, 99, date, hour from events where message_id = ?"
    )
    store.connection.execute(close, ["dead", 403, "dead"]).fetchall()
    assert sorted(needs()) == ["deliveries_expiring", "deliveries_stopped"]

    store.connection.execute(close, ["sent", 204, "old"]).fetchall()
    assert needs() == ["deliveries_stopped"]
