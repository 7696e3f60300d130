"""Readers never meet a lock: twenty processes query in a loop during loads, upkeep and backfills."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import wait_until
from tests.tracking_pipeline.lake.parts import at, event, hours, new_store, write_part
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.replace import replace_hour
from tracking_pipeline.lake.upkeep import tidy

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
READERS = 20
LOADS = 12


def test_twenty_readers_see_no_error_and_no_half_load(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    write_part(store.landing, [event("first", at(4))], "first")
    load_hours(store, hours(4))
    command = [sys.executable, "-m", "tests.crash.reading", str(tmp_path), str(READERS)]
    readers = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: len(read_by(tmp_path)) == READERS or readers.poll() is not None, 300, "twenty first queries")
    before = read_by(tmp_path)

    for number in range(LOADS):
        write_part(store.landing, [event(f"{number}-{n}", at(4)) for n in range(50)], str(number))
        load_hours(store, hours(4))
        if number % 4 == 2:
            replace_hour(store, hours(4)[0])
        if number % 6 == 5:
            tidy(store.settings)
    wait_until(lambda: all_read_again(tmp_path, before) or readers.poll() is not None, 300, "twenty further queries")
    (tmp_path / "stop").touch()

    assert (readers.communicate(timeout=300)[1], readers.returncode) == ("", 0)
    assert store.connection.execute("select count(*) from events").fetchone() == (LOADS * 50 + 1,)
    store.connection.close()


def all_read_again(folder: Path, before: dict[str, int]) -> bool:
    """Tell whether each reader has read since."""
    return all(queries > before[name] for name, queries in read_by(folder).items())


def read_by(folder: Path) -> dict[str, int]:
    """Return how often each reader has read."""
    return {path.name: int(text) for path in folder.glob("reader-*") if (text := path.read_text())}
