"""Refused events after a fix: admitted exactly once, however often it is pressed and wherever it is killed."""

import datetime as dt
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ingest_api.dialects import Parsed
from ingest_api.disk import locked
from ingest_api.landing import Landing
from ingest_api.partitions import Hour
from ingest_api.posts import rows
from ingest_api.receipt import Receipt
from ingest_api.schema import Rejected
from tests.tracking_pipeline.lake.parts import at, hours, new_store, write_part
from tracking_pipeline.cli import make_app
from tracking_pipeline.delivery.clock import utc_of
from tracking_pipeline.lake.accounting import accounts
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.replayed import Wanted
from tracking_pipeline.operations.checks import Refused
from tracking_pipeline.operations.replay import LOCK, replay_rejected

pytestmark = [pytest.mark.slow, pytest.mark.drill]
STEPS = ("write", "link", "unlink")
UNKNOWN = '{"type":"track","event":"chart_open","userId":"u","properties":{"extra":1},"messageId":"m1"}'
TIMED = '{"type":"track","event":"chart_open","userId":"u","properties":{"extra":2},"timestamp":"2026-11-25T03:59:00Z"}'
BARE = '{"type":"track","event":"chart_open","userId":"u","properties":{"extra":3}}'
NEVER = '{"type":"track","userId":"u"}'


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A lake with four refused events: three that a strict source refused for the plan, one without a name."""
    made = new_store(tmp_path)
    receipt = Receipt(received_at=at(4), source="default", path="/v1/batch", strict=True, ip="192.0.2.0")
    refused = rows(Parsed([text.encode() for text in (UNKNOWN, TIMED, BARE, NEVER)]), receipt)
    assert [row.reason for row in refused if isinstance(row, Rejected)] == ["off_plan"] * 3 + ["missing_event_name"]
    write_part(made.landing, refused, "refused")
    load_hours(made, hours(4))
    yield made
    made.connection.close()


def query(store: Store, sql: str) -> list[tuple[Any, ...]]:
    return store.connection.execute(sql).fetchall()


def load_all(store: Store) -> None:
    load_hours(store, store.landing.hours())


def assert_admitted_once(store: Store) -> None:
    load_all(store)
    admitted = query(store, "select replayed_from, count(*) from receipts where place = 'events' group by all")
    assert sorted(count for _, count in admitted) == [1, 1, 1]
    assert query(store, "select count(*) from duplicates") == [(0,)]
    assert query(store, "select count(*) from rejected_events") == [(4,)]
    found = accounts(store.connection, Hour(dt.date(2000, 1, 1), 0), Hour(dt.date(2100, 1, 1), 0))
    assert [account.residual for account in found] == [0] * len(found)
    assert sum(account.received for account in found) == 4 + 3


def test_a_dry_run_says_what_would_come_and_writes_nothing(store: Store) -> None:
    done = replay_rejected(store.settings, Wanted(), dry_run=True)

    counts = {(hour.key, then, now): count for (hour, then, now), count in done.counts.items()}
    assert counts == {
        ("2026-11-25-04:00", "off_plan", ""): 3,
        ("2026-11-25-04:00", "missing_event_name", "missing_event_name"): 1,
    }
    assert (done.accepted, done.kept, done.parts) == (3, 1, [])
    assert list(store.landing.hours()) == hours(4)


def test_accepted_rows_come_in_as_new_receipts_with_their_own_clocks(store: Store) -> None:
    before = utc_of(time.time())

    done = replay_rejected(store.settings, Wanted())

    assert len(done.parts) == 1
    assert_admitted_once(store)
    sql = "select message_id, occurred_at, received_at, replayed_from, ip from events order by replayed_from"
    (first, timed, bare), place = query(store, sql), query(store, "select source_file from rejected_events limit 1")
    assert first[0] == "m1"
    assert str(timed[0]).startswith("hash-")
    assert str(bare[0]).startswith("replay-")
    assert timed[1] == utc_of(at(4) / 1e6 - 60)
    assert first[1] == bare[1] == utc_of(at(4) / 1e6)  # no clock of their own: when they came first
    assert all(row[2] >= before and row[4] == "192.0.2.0" for row in (first, timed, bare))
    assert [row[3] for row in (first, timed, bare)] == [f"{place[0][0]}#{n}" for n in range(3)]


def test_pressed_again_before_and_after_the_load_admits_once(store: Store) -> None:
    replay_rejected(store.settings, Wanted())
    waiting = replay_rejected(store.settings, Wanted())
    load_all(store)
    loaded = replay_rejected(store.settings, Wanted())

    assert [(again.accepted, again.kept, again.parts) for again in (waiting, loaded)] == [(0, 1, [])] * 2
    assert_admitted_once(store)


def test_killed_between_any_two_steps_and_pressed_again_admits_once(store: Store) -> None:
    for step in STEPS:

        def kill(name: str, step: str = step) -> None:
            if name == step:
                raise Killed

        if step != "unlink":  # killed there, the part file is published
            assert replay_rejected(store.settings, Wanted(), dry_run=True).accepted == 3
        with pytest.raises(Killed):
            replay_rejected(store.settings, Wanted(), step=kill)

    assert replay_rejected(store.settings, Wanted()).accepted == 0
    assert_admitted_once(store)


def test_a_lake_made_anew_from_the_part_files_has_the_same_rows(store: Store, tmp_path: Path) -> None:
    replay_rejected(store.settings, Wanted())
    load_all(store)
    sql = "select place, message_id, event_id, reason, replayed_from, source_file, ordinal from receipts order by all"
    before = query(store, sql)

    other = new_store(tmp_path / "other")
    load_all(Store(other.connection, other.settings, Landing(store.settings.landing_dir)))

    assert query(other, sql) == before
    other.connection.close()


def test_only_the_hours_and_the_reason_that_are_asked_for(store: Store) -> None:
    four, five = hours(4, 5)
    judged = {
        Wanted(reason="off_plan"): 3,
        Wanted(reason="too_deep"): 0,
        Wanted(first=five): 0,
        Wanted(first=four, last=four): 4,
        Wanted(last=hours(3)[0]): 0,
    }

    found = {wanted: replay_rejected(store.settings, wanted, dry_run=True).counts.total() for wanted in judged}

    assert found == judged


def test_the_command_shows_first_and_admits_on_yes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKING_DATA_DIR", str(store.settings.data_dir))
    command = ["replay", "--rejected", "--reason", "off_plan", "--from", "2026-11-25"]

    shown = CliRunner().invoke(make_app(["replay"]), command)
    done = CliRunner().invoke(make_app(["replay"]), [*command, "--yes", "--json"])
    again = CliRunner().invoke(make_app(["replay"]), [*command, "--yes"])

    assert (shown.exit_code, done.exit_code, again.exit_code) == (0, 0, 1)
    assert "3 events would be admitted; --yes does it." in shown.stdout
    assert "No refused event is accepted by today's rules and settings." in again.stdout
    printed = json.loads(done.stdout)
    assert (printed["accepted"], printed["kept"], len(printed["parts"])) == (3, 0, 1)
    assert printed["rows"] == [{"hour": "2026-11-25-04:00", "reason": "off_plan", "now": "accepted", "rows": 3}]
    assert_admitted_once(store)


@pytest.mark.parametrize(
    "option", [["--to", "2026-11-24"], ["--destination", "ga4"], ["--state", "dead"], ["--id", "x"]]
)
def test_an_option_that_would_be_passed_over_is_refused(option: list[str]) -> None:
    done = CliRunner().invoke(make_app(["replay"]), ["replay", "--rejected", "--yes", *option])

    assert done.exit_code == 2


def test_a_second_replay_beside_the_first_is_refused(store: Store) -> None:
    with locked(store.settings.lake_dir / LOCK), pytest.raises(Refused, match="Another replay is at work"):
        replay_rejected(store.settings, Wanted())
