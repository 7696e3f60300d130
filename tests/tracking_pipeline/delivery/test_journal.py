"""The send journal read back: whole, torn at its tail, damaged before it."""

from pathlib import Path

import pytest

from tracking_pipeline.delivery.journal import Contents, Journal, Sent, read

KEYS = (("e1", "2026-11-25", 3), ("e2", "2026-11-25", 4))
FIRST = Sent("r1", "a1", KEYS, "sent", 204, None)
SECOND = Sent("r2", "a2", KEYS[:1])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of two requests, the first with its outcome."""
    path = tmp_path / "ga4" / "run.ndjson"
    with Journal(path) as journal:
        journal.request("r1", "a1", list(KEYS))
        journal.outcome("a1", "sent", 204, None)
        journal.request("r2", "a2", list(KEYS[:1]))
    return path


def test_a_journal_says_what_left_and_what_came_back(path: Path) -> None:
    assert read(path) == Contents((FIRST, SECOND), damaged=False)
    assert path.stat().st_mode & 0o777 == 0o600


def test_events_that_may_be_sent_twice_are_named_in_the_line(tmp_path: Path) -> None:
    with Journal(tmp_path / "run.ndjson") as journal:
        journal.request("r1", "a1", list(KEYS), ["e2"])
        journal.outcome("a1", "uncertain", None, "ReadTimeout")

    (sent,) = read(tmp_path / "run.ndjson").requests

    assert sent == Sent("r1", "a1", KEYS, "uncertain", None, "ReadTimeout", frozenset({"e2"}))


def test_a_tail_torn_anywhere_is_no_damage(path: Path) -> None:
    data = path.read_bytes()
    start = data.rindex(b"\n", 0, -1) + 1
    for length in range(start, len(data) - 1):
        path.write_bytes(data[:length])
        assert read(path) == Contents((FIRST,), damaged=False), f"cut at {length}"
    path.write_bytes(data[:start] + bytes(len(data) - start))
    assert read(path) == Contents((FIRST,), damaged=False)


@pytest.mark.parametrize("line", [0, 1, 2])
def test_any_changed_byte_before_the_tail_is_damage(path: Path, line: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    for place in range(len(lines[line]) - 1):
        changed = bytearray(lines[line])
        changed[place] ^= 1
        path.write_bytes(b"".join([*lines[:line], bytes(changed), *lines[line + 1 :]]))
        assert read(path).damaged, f"byte {place}"


def test_a_journal_is_never_opened_twice(path: Path) -> None:
    with pytest.raises(FileExistsError):
        Journal(path)
