"""A step that hangs under the writer lock ends its process; what ends in time does not."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest_api.settings import Settings
from tracking_pipeline.lake import attach, watchdog
from tracking_pipeline.lake.schema import make_lake
from tracking_pipeline.lake.writer import transaction, writer_lock

HANG = """
import sys, threading
from pathlib import Path
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach, watchdog
from tracking_pipeline.lake.writer import transaction, writer_lock

watchdog.restart.__defaults__ = (0.3,)
settings = Settings(_env_file=None, data_dir=Path(sys.argv[1]))
with attach.opened(settings) as connection, writer_lock(settings), transaction(connection, settings):
    connection.execute("insert into fence values (7)")
    threading.Event().wait()
"""


def fence(settings: Settings) -> list[tuple[int]]:
    with attach.opened(settings, read_only=True) as connection:
        return connection.execute("select n from fence order by n").fetchall()


@pytest.mark.slow
def test_a_hanging_transaction_ends_its_process_and_frees_the_lock(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    make_lake(settings)
    before = fence(settings)

    done = subprocess.run(
        [sys.executable, "-c", HANG, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, "Timeout" in done.stderr, "in wait" in done.stderr) == (1, True, True)
    with writer_lock(settings):
        assert fence(settings) == before


@pytest.mark.slow
def test_what_ends_in_time_is_left_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    make_lake(settings)

    with attach.opened(settings) as connection:
        with writer_lock(settings, 0.5):
            pass
        watchdog.restart(0.01)  # outside the lock nothing counts
        with writer_lock(settings), transaction(connection, settings) as load_id:
            pass
        deadline = time.monotonic() + 0.6
        while time.monotonic() < deadline:  # longer than any limit above
            connection.execute("select count(*) from range(100000)").fetchall()

    assert fence(settings) == [(load_id,)]
    assert capfd.readouterr().err == ""
