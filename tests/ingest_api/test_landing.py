"""The landing zone: what counts as a part file, what is passed over, and that nothing is ever overwritten."""

import datetime as dt
import os
from pathlib import Path

import pytest

from ingest_api.landing import Landing, PartFile, fingerprint
from ingest_api.partitions import Hour

TEN = Hour(dt.date(2026, 11, 25), 10)
ELEVEN = Hour(dt.date(2026, 11, 25), 11)
PART = f"events/{TEN.folder}/part-1-2-3.parquet"


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    made = Landing(tmp_path)
    made.make()
    return made


def _publish(landing: Landing, path: str, data: bytes = b"x") -> bool:
    aside = landing.staging("events") / "aside"
    aside.write_bytes(data)
    published = landing.publish(aside, path)
    aside.unlink()
    return published


def test_published_part_is_listed_with_size_and_time(landing: Landing) -> None:
    assert _publish(landing, PART, b"12345")

    stat = (landing.root / PART).stat()
    assert landing.files(TEN) == [PartFile(PART, "events", TEN, 5, stat.st_mtime_ns)]
    assert landing.files(TEN)[0].name == "part-1-2-3.parquet"
    assert landing.files(ELEVEN) == []
    assert list(landing.hours()) == [TEN]


def test_part_is_never_overwritten(landing: Landing) -> None:
    assert _publish(landing, PART, b"first")
    assert not _publish(landing, PART, b"second")

    assert landing.absolute(PART).read_bytes() == b"first"


def test_missing_part_is_not_there_and_deleting_it_is_fine(landing: Landing) -> None:
    landing.delete(PART)

    assert not landing.exists(PART)
    assert not landing.settle(PART)


def test_deleted_part_is_gone(landing: Landing) -> None:
    _publish(landing, PART)

    landing.delete(PART)

    assert (landing.exists(PART), landing.files(TEN)) == (False, [])


def test_strays_are_passed_over_and_told(landing: Landing) -> None:
    _publish(landing, PART)
    strays = [
        "events/readme.txt",
        "events/date=2026-11-25/hour=24",
        "events/date=2026-13-01/hour=01",
        "events/date=2026-11-25/notes",
        f"events/{TEN.folder}/part-9.parquet.tmp",
        f"events/{TEN.folder}/folder.parquet",
        f"rejected/{TEN.folder}",
    ]
    for stray in strays:
        path = landing.root / stray
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("") if path.suffix in (".txt", ".tmp") or path.name == "notes" else path.mkdir()

    assert [file.path for file in landing.files(TEN)] == [PART]
    assert list(landing.hours()) == [TEN]
    assert landing.strays() == sorted(strays[:-1])


def test_symbolic_link_is_no_part(landing: Landing) -> None:
    _publish(landing, PART)
    (landing.root / "events" / TEN.folder / "part-4-5-6.parquet").symlink_to(landing.absolute(PART))

    assert [file.path for file in landing.files(TEN)] == [PART]


def test_hours_changed_since_are_listed(landing: Landing) -> None:
    _publish(landing, PART)
    _publish(landing, PART.replace("hour=10", "hour=11"))
    os.utime(landing.root / "events" / TEN.folder, ns=(5, 5))

    assert landing.changed_at(TEN) == 5
    assert list(landing.hours(since_ns=6)) == [ELEVEN]
    assert landing.changed_at(Hour(dt.date(2026, 11, 25), 12)) == 0


def test_fingerprint_depends_on_the_set_alone() -> None:
    assert fingerprint(["b", "a"]) == fingerprint(["a", "b"]) != fingerprint(["a"])
    assert len(fingerprint([])) == 12
