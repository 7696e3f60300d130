"""When a delivery run is due: two small files and a lock, no lake."""

from dataclasses import replace
from pathlib import Path

import pytest

from ingest_api.disk import Disk, locked
from ingest_api.settings import Settings
from tracking_pipeline.delivery import due
from tracking_pipeline.delivery import state as states
from tracking_pipeline.delivery.state import Health, State
from tracking_pipeline.lake.changed import changed_ns, mark_changed, mark_path

NOW = 1_795_564_800.0
WAIT = "Nothing is unsent."
BACK_OFF = "GA4 delivery backs off for 60 s more (0 events wait)."


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A data folder whose lake has changed once."""
    made = Settings(_env_file=None, data_dir=tmp_path)
    Disk().make_dirs(made.delivery_dir)
    Disk().make_dirs(made.lake_dir)
    mark_changed(made)
    return made


def rested(settings: Settings) -> State:
    """What a run that sent everything leaves behind."""
    return State(settings.ga4.identity, clean=True, seen_changed_ns=changed_ns(settings), looked_at=NOW)


CASES: dict[str, tuple[dict[str, object], str | None]] = {
    "all sent": ({}, WAIT),
    "some wait": ({"pending": 3}, None),
    "the lake has changed": ({"seen_changed_ns": 1}, None),
    "the last run died": ({"clean": False}, None),
    "the last run died while backing off": ({"clean": False, "wake_at": NOW + 60}, None),
    "another property": ({"target": "https://elsewhere.test G-OTHER"}, None),
    "backing off": ({"wake_at": NOW + 60}, BACK_OFF),
    "backing off with work": ({"wake_at": NOW + 60, "seen_changed_ns": 1}, BACK_OFF),
    "back-off is over": ({"wake_at": NOW - 1, "pending": 3}, None),
    "a wake-up too far away": ({"wake_at": NOW + 4000, "pending": 3}, None),
    "not looked for an hour": ({"looked_at": NOW - 3601}, None),
    "not looked for half an hour": ({"looked_at": NOW - 1800}, WAIT),
    "a clock set back": ({"looked_at": NOW + 3601}, None),
}


@pytest.mark.parametrize(("changes", "reason"), CASES.values(), ids=CASES)
def test_a_run_is_due_or_the_reason_is_told(settings: Settings, changes: dict[str, object], reason: str | None) -> None:
    states.save(settings, replace(rested(settings), **changes))

    assert due.reason_to_wait(settings, NOW) == reason


def test_a_running_sender_is_left_alone(settings: Settings) -> None:
    states.save(settings, replace(rested(settings), pending=3))

    with locked(states.lock_path(settings), blocking=False) as mine:
        while_running = due.reason_to_wait(settings, NOW)

    assert mine
    assert while_running == "A delivery run is under way."
    assert due.reason_to_wait(settings, NOW) is None


@pytest.mark.parametrize(
    "content",
    [None, b"", b"{", b"[]", b"null", b'{"target": "x"}', b'{"health": {"unknown_count": 1}}'],
    ids=["none", "empty", "torn", "a list", "null", "no health", "another version"],
)
def test_without_a_readable_state_a_run_is_due(settings: Settings, content: bytes | None) -> None:
    if content is not None:
        (settings.delivery_dir / "ga4.json").write_bytes(content)

    assert states.load(settings) is None
    assert due.reason_to_wait(settings, NOW) is None


def test_the_state_comes_back_as_it_was_saved(settings: Settings) -> None:
    saved = State("t", clean=False, pending=2, wake_at=1.5, health=Health(1, 2, 3), last_load_id=9)

    states.save(settings, saved)

    assert states.load(settings) == saved
    assert (settings.delivery_dir / "ga4.json").stat().st_mode & 0o777 == 0o600


def test_nothing_is_due_before_the_first_event_is_seen(settings: Settings) -> None:
    mark_path(settings).unlink()
    states.save(settings, rested(settings))

    assert changed_ns(settings) == 0
    assert due.reason_to_wait(settings, NOW) == WAIT
