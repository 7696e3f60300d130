"""A loader killed inside its transaction: nothing of it is stored, and the next load stores it once."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tracking_pipeline.lake.parts import at, event, hours, new_store, resting, write_part
from tracking_pipeline.lake.load import load_hours

pytestmark = pytest.mark.slow

VICTIM = """
import os, signal, sys
from pathlib import Path
from ingest_api.landing import Landing
from ingest_api.partitions import parse_key
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.replace import replace_hour

settings = Settings(_env_file=None, data_dir=Path(sys.argv[1]))
die = lambda name: os.kill(os.getpid(), signal.SIGKILL)
store = Store(attach.connect(settings), settings, Landing(settings.landing_dir), die)
hour = parse_key("2026-11-25-04:00")
load_hours(store, [hour]) if sys.argv[2] == "load" else replace_hour(store, hour)
"""


def run_victim(folder: Path, act: str) -> int:
    return subprocess.run([sys.executable, "-c", VICTIM, str(folder), act], check=False, timeout=60).returncode


@pytest.mark.parametrize("act", ["load", "replace"])
def test_a_killed_transaction_leaves_no_trace(tmp_path: Path, act: str) -> None:
    store = new_store(tmp_path)
    write_part(store.landing, [event("a", at(4)), event("b", at(4))], "1")
    if act == "replace":
        load_hours(store, hours(4))
    before = resting(store)
    write_part(store.landing, [event("b", at(4, 5)), event("c", at(4))], "2")

    assert run_victim(tmp_path, act) == -signal.SIGKILL

    assert resting(store) == before
    load_hours(store, hours(4))
    names = store.connection.execute("select message_id from events order by 1").fetchall()
    assert names == [("a",), ("b",), ("c",)]
    assert store.connection.execute("select message_id from duplicates").fetchall() == [("b",)]
    store.connection.close()
