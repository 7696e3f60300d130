"""Readers never meet a lock: twenty processes query in a loop during loads, upkeep and backfills."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tracking_pipeline.lake.parts import at, event, hours, new_store, write_part
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.replace import replace_hour
from tracking_pipeline.lake.upkeep import tidy

pytestmark = pytest.mark.slow

READERS = 20
LOADS = 12

READER = """
import sys
import time
from pathlib import Path
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach

settings = Settings(_env_file=None, data_dir=Path(sys.argv[1]))
held = int(sys.argv[2]) % 2 == 0
queries = newest = 0
connection = attach.connect(settings, read_only=True, threads=1)
while not Path(sys.argv[1], "stop").exists():
    if not held:
        connection.close()
        connection = attach.connect(settings, read_only=True, threads=1)
    count, ids = connection.execute("select count(*), count(distinct event_id) from events").fetchone()
    assert count == ids and count >= newest, (count, ids, newest)
    connection.execute("select state, count(*) from delivery_status group by 1").fetchall()
    newest, queries = count, queries + 1
    time.sleep(0.2)
print(queries)
"""


def test_twenty_readers_see_no_error_and_no_half_load(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    write_part(store.landing, [event("first", at(4))], "first")
    load_hours(store, hours(4))
    readers = [
        subprocess.Popen([sys.executable, "-c", READER, str(tmp_path), str(n)], stdout=subprocess.PIPE, text=True)
        for n in range(READERS)
    ]

    for number in range(LOADS):
        write_part(store.landing, [event(f"{number}-{n}", at(4)) for n in range(50)], str(number))
        load_hours(store, hours(4))
        if number % 4 == 2:
            replace_hour(store, hours(4)[0])
        if number % 6 == 5:
            tidy(store.settings)
    (tmp_path / "stop").touch()

    ends = [reader.communicate(timeout=60)[0] for reader in readers]
    assert [reader.returncode for reader in readers] == [0] * READERS
    assert all(int(queries) > 0 for queries in ends)
    assert store.connection.execute("select count(*) from events").fetchone() == (LOADS * 50 + 1,)
    store.connection.close()
