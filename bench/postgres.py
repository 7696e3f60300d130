"""The durable collector against a Flask handler with one PostgreSQL INSERT + COMMIT, same server, in turns.

Run: ``python -m bench.postgres``. Starts a PostgreSQL of its own in a temporary folder, on a unix socket. Prints
requests/s of both and their ratio (the aim: more than 1). The collector's publisher is at work.
"""

import argparse
import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from bench.collector import print_turns
from bench.insert import DSN_VARIABLE
from bench.servers import COLLECTOR, in_turns, publisher, server

USERS = ("postgres", "nobody")  # PostgreSQL refuses to run as root
AT_LEAST = 1.0


def main() -> int:
    """Run the comparison; 2 where there is no PostgreSQL."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="length of one load")
    parser.add_argument("--pairs", type=int, default=5, help="loads of each server, in turns")
    given = parser.parse_args()
    if not programs():
        print("PostgreSQL is not here: install it (Debian: apt-get install postgresql) or put its bin/ on PATH")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        with server(COLLECTOR, data_dir) as ours, publisher(data_dir), database() as dsn:
            with server("bench.insert:create_app", data_dir, **{DSN_VARIABLE: dsn}) as theirs:
                print_turns("insert", *in_turns(ours, theirs, given.pairs, given.seconds), AT_LEAST)
            with psycopg.connect(dsn) as connection:
                row = connection.execute("select count(*), version() from events").fetchone()
            print(f"{row[0] if row else 0:,} rows committed; {str(row[1])[:20] if row else ''}")
    return 0


def programs() -> Path | None:
    """Find the folder of PostgreSQL's programs: that of Debian's newest, else PATH's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextlib.contextmanager
def database() -> Iterator[str]:
    """Run a PostgreSQL with its default settings until the block ends; yields how to connect."""
    bin_dir, as_user = programs(), _other_user()
    assert bin_dir is not None
    with tempfile.TemporaryDirectory() as folder:
        if as_user:
            shutil.chown(folder, as_user["user"], as_user["group"])
        cluster = f"{folder}/cluster"
        initdb = [bin_dir / "initdb", "-D", cluster, "-A", "trust", "-U", "bench", "--no-sync"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd="/", **as_user)
        command = [bin_dir / "postgres", "-D", cluster, "-k", folder, "-c", "listen_addresses="]
        running = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd="/", **as_user)
        try:
            dsn = f"host={folder} user=bench dbname=postgres"
            _make_table(dsn)
            yield dsn
        finally:
            running.terminate()
            running.wait(30)


def _other_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(names[name] for name in USERS if name in names)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _make_table(dsn: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with psycopg.connect(dsn) as connection:
                connection.execute("create table events (id bigserial primary key, body jsonb not null)")
                return
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
