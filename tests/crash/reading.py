"""Many processes that read the lake in a loop: ``python -m tests.crash.reading DATA_DIR COUNT``.

Each says in a file of its own, ``reader-N``, how often it has read; a file ``stop`` ends them. They die with the
process that started them. Exit code 1: one of them met an error, which is on stderr.
"""

import os
import sys
import time
from pathlib import Path

from ingest_api.orphans import die_with_parent
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach

PAUSES = 8  # times as long as a query took: twenty readers share two cores with the writer


def main() -> int:
    """Fork the readers and wait for their ends."""
    die_with_parent()
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    for number in range(count):
        if os.fork() == 0:
            _read(folder, number)
            os._exit(0)
    return max(os.waitstatus_to_exitcode(os.wait()[1]) != 0 for _ in range(count))


def _read(folder: Path, number: int) -> None:
    """Read until told to stop: readers of an even number on one connection, the others on a new one each time."""
    die_with_parent()
    settings = Settings(_env_file=None, data_dir=folder)
    connection = attach.connect(settings, read_only=True, threads=1)
    queries = newest = 0
    while not (folder / "stop").exists():
        began = time.monotonic()
        if number % 2:
            connection.close()
            connection = attach.connect(settings, read_only=True, threads=1)
        newest = _newest(connection, newest)
        queries += 1
        (folder / f"reader-{number}").write_text(str(queries))
        time.sleep(0.05 + PAUSES * (time.monotonic() - began))


def _newest(connection: attach.Connection, before: int) -> int:
    """Return how many events there are: each once, and none gone since the query before."""
    count, ids = connection.execute("select count(*), count(distinct event_id) from events").fetchone() or (0, 0)
    assert count == ids, f"{count} events with {ids} ids"
    assert count >= before, f"{count} events, {before} a moment ago"
    connection.execute("select state, count(*) from delivery_status group by 1").fetchall()
    return int(count)


if __name__ == "__main__":
    sys.exit(main())
