"""``sql``, ``status``, ``trace`` and ``backfill`` on a small lake: what they print and how they end."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import Result
from typer.testing import CliRunner

from ingest_api.frames import encode
from tests.tracking_pipeline.lake.parts import at, event, hours, new_store, rejected, resting, write_part
from tracking_pipeline.cli import make_app
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.progress import Progress

pytestmark = pytest.mark.slow


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("TRACKING_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TRACKING_RESERVE_MB", "0")
    made = new_store(tmp_path)
    (tmp_path / "spool" / "bad").mkdir(parents=True)
    yield made
    made.connection.close()


def tracking(*arguments: str) -> Result:
    return CliRunner().invoke(make_app([arguments[0]]), arguments)


def status(*arguments: str) -> tuple[dict[str, Any], int]:
    done = tracking("status", "--json", "--hours", "90000", *arguments)
    return json.loads(done.stdout), done.exit_code


def test_sql_prints_objects_csv_and_a_table(store: Store) -> None:
    write_part(store.landing, [event("a", at(4))], "1")
    load_hours(store, hours(4))
    query = "select message_id, properties ->> '$.n' as n from events"

    assert json.loads(tracking("sql", "--json", query).stdout) == [{"message_id": "a", "n": "12345678901234567890"}]
    assert tracking("sql", "--csv", query).stdout.splitlines() == ["message_id,n", "a,12345678901234567890"]


@pytest.mark.parametrize("statement", ["delete from events", "drop table events", "insert into fence values (9)"])
def test_sql_changes_nothing(store: Store, statement: str) -> None:
    done = tracking("sql", statement)

    assert done.exit_code == 1
    assert "read-only" in done.stderr


def test_sql_of_nonsense_says_what_is_wrong(store: Store) -> None:
    done = tracking("sql", "select nonsense")

    assert done.exit_code == 1
    assert "nonsense" in done.stderr
    assert "Traceback" not in done.stderr


def test_rejected_events_alone_need_nobody(store: Store) -> None:
    write_part(store.landing, [event("a", at(4))], "1")
    write_part(store.landing, [rejected(at(4))], "2")
    load_hours(store, hours(4))

    found, code = status()

    assert (found["needs"], code) == ([], 0)
    [hour] = found["hours"]
    assert (hour["received"], hour["stored"], hour["rejected"], hour["residual"]) == (2, 1, 1, 0)


def test_a_lost_row_needs_a_person(store: Store) -> None:
    write_part(store.landing, [event("a", at(4)), event("b", at(4))], "1")
    load_hours(store, hours(4))
    store.connection.execute("delete from events where message_id = 'a'")

    found, code = status()

    assert (found["needs"], code) == (["sums_differ"], 1)
    assert found["hours"][0]["residual"] == 1


def test_a_set_aside_file_and_damaged_bytes_need_a_person(store: Store) -> None:
    part = write_part(store.landing, [event("a", at(4))], "1")
    store.landing.absolute(part.path).write_bytes(b"broken")
    load_hours(store, hours(4))
    (store.settings.spool_dir / "bad" / "x-0-9.bin").write_bytes(b"?")

    found, code = status()

    assert (set(found["needs"]), code) == ({"files_set_aside", "spool_damaged"}, 1)


def test_what_waits_is_shown_with_its_hour(store: Store) -> None:
    write_part(store.landing, [event("a", at(4)), event("b", at(4))], "1")
    payload = msgspec.msgpack.encode(event("c", at(4)))
    (store.settings.spool_dir / f"{'0' * 32}.seg").write_bytes(encode(payload, 0))

    found, _ = status()

    assert found["spool"]["events"] == 1
    assert found["landing"]["files_waiting"] == 1
    assert [(hour["hour"], hour["waiting"]) for hour in found["hours"]] == [("2026-11-25-04:00", 3)]


def test_trace_follows_a_message_from_the_spool_to_the_lake(store: Store) -> None:
    payload = msgspec.msgpack.encode(event("spooled", at(4)))
    (store.settings.spool_dir / f"{'0' * 32}.seg").write_bytes(encode(payload, 0))
    write_part(store.landing, [event("published", at(4))], "1")
    write_part(store.landing, [event("loaded", at(5)), event("loaded", at(5, 9))], "2")
    load_hours(store, hours(5))

    steps = {
        name: [step["what"] for step in json.loads(tracking("trace", name, "--json").stdout)]
        for name in ("spooled", "published", "loaded")
    }

    assert steps["spooled"] == ["received", "waiting"]
    assert steps["published"] == ["received", "published", "waiting"]
    assert steps["loaded"].count("received") == 2
    assert {"occurred", "published", "loaded"} < set(steps["loaded"])


def test_trace_of_an_unknown_message_ends_with_one(store: Store) -> None:
    done = tracking("trace", "nobody")

    assert done.exit_code == 1
    assert "No event with the id nobody" in done.stdout


def test_backfill_of_a_range_replaces_every_hour(store: Store) -> None:
    write_part(store.landing, [event("a", at(4))], "1")

    done = tracking("backfill", "2026-11-25-03:00", "2026-11-25-05:00")

    assert done.exit_code == 0
    assert "3 of 3 hours replaced, 1 rows" in done.stdout


def test_backfill_of_an_hour_without_its_files_is_refused(store: Store) -> None:
    part = write_part(store.landing, [event("a", at(4))], "1")
    load_hours(store, hours(4))
    store.landing.delete(part.path)

    done = tracking("backfill", "2026-11-25-04:00")

    assert done.exit_code == 1
    assert part.name in " ".join(done.stderr.split())
    assert store.connection.execute("select count(*) from events").fetchone() == (1,)


def test_a_dry_run_says_what_would_change_and_changes_nothing(store: Store) -> None:
    write_part(store.landing, [event("a", at(4)), event("b", at(4)), event("b", at(4, 1))], "1")
    lost = write_part(store.landing, [event("c", at(5))], "2")
    load_hours(store, hours(4, 5))
    assert tracking("backfill", "2026-11-25", "--dry-run").stdout.endswith(
        "0 of 24 hours would change: +0 -0 rows; 0 would be refused\n"
    )
    write_part(store.landing, [event("d", at(4))], "3")
    store.connection.execute("update events set event_name = 'wrong' where message_id = 'a'")
    store.landing.delete(lost.path)
    before = resting(store)

    done = tracking("backfill", "2026-11-25", "--dry-run")

    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "2026-11-25-04:00  +2 -1",
        "1 of 24 hours would change: +2 -1 rows; 1 would be refused",
    ]
    assert lost.name in " ".join(done.stderr.split())
    assert resting(store) == before


def test_all_makes_a_lost_lake_anew_from_the_landing_zone(store: Store) -> None:
    write_part(store.landing, [event("a", at(4)), event("b", at(4))], "1")
    write_part(store.landing, [event("b", at(5)), event("c", at(30))], "2")
    write_part(store.landing, [rejected(at(5))], "3")
    load_hours(store, [*store.landing.hours()])
    before = resting(store)
    store.connection.close()
    shutil.rmtree(store.settings.lake_dir)

    done = tracking("backfill", "--all")

    assert done.exit_code == 0, done.output
    with attach.opened(store.settings, read_only=True) as connection:
        assert resting(replace(store, connection=connection)) == before


def test_a_killed_backfill_goes_on_where_it_stopped(store: Store) -> None:
    write_part(store.landing, [event("a", at(3))], "1")
    write_part(store.landing, [event("b", at(4))], "2")
    Progress(store.settings, "2026-11-25 2026-11-25").note(hours(4)[0])

    first = tracking("backfill", "2026-11-25")
    again = tracking("backfill", "2026-11-25")

    assert "1 hours were replaced before" in first.stderr
    assert first.stdout == "24 of 24 hours replaced, 1 rows\n"
    assert again.stdout == "24 of 24 hours replaced, 2 rows\n"


@pytest.mark.parametrize(
    ("first", "last"), [("2026-13-01", "2026-13-02"), ("yesterday", "today"), ("2026-11-25", "2026-11-24")]
)
def test_backfill_of_no_hours_says_how_to_write_them(store: Store, first: str, last: str) -> None:
    done = tracking("backfill", first, last)

    assert done.exit_code == 2
