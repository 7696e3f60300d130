"""The one writer: a lock, a fence in every transaction, everything on disk before COMMIT.

Without the lock the SQLite catalog fails commits and the PostgreSQL one doubles rows (both measured); the fence
catches whoever slipped past it. A COMMIT after a swallowed error says OK and stores nothing (tried), so the fence
is read back after COMMIT, still under the lock.
"""

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

import duckdb

from ingest_api.disk import locked
from ingest_api.settings import Settings
from tracking_pipeline.lake import watchdog
from tracking_pipeline.lake.changed import mark_changed

LOCK_NAME = "writer.lock"


class LostTransaction(Exception):
    """COMMIT said OK, yet the fence does not carry this transaction's number: nothing was stored."""


@contextlib.contextmanager
def writer_lock(settings: Settings, limit_s: float = watchdog.LIMIT_S) -> Iterator[None]:
    """Hold the lake's only writer lock; freed by the kernel when the holder dies.

    A holder that takes longer than ``limit_s``, counted anew at each ``transaction``, is ended.
    """
    settings.lake_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(settings.lake_dir / LOCK_NAME), watchdog.limited(limit_s):
        yield


@contextlib.contextmanager
def transaction(connection: duckdb.DuckDBPyConnection, settings: Settings, *, announces: bool = True) -> Iterator[int]:
    """Run one transaction that changes data; the caller holds ``writer_lock``. Yields its ``load_id``.

    Any error rolls back and is raised. After COMMIT the data is durable, the fence is checked, and the
    ``changed`` mark is touched so that the delivery schedule knows to look (``announces=False``: it is the delivery).
    """
    watchdog.restart()
    connection.execute("begin")
    try:
        connection.execute("update fence set n = n + 1").fetchall()
        load_id = newest_transaction(connection)
        yield load_id
        sync_file_system(settings.lake_dir)  # DuckLake does not fsync its Parquet files
        connection.execute("commit")
    except BaseException:
        with contextlib.suppress(duckdb.Error):  # a failed COMMIT has already ended the transaction
            connection.execute("rollback")
        raise
    if newest_transaction(connection) != load_id:
        raise LostTransaction(f"transaction {load_id} was committed but is not in the lake")
    if announces:
        mark_changed(settings)


def newest_transaction(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the ``load_id`` of the newest transaction that changed data (the fence carries it); 0 before the first."""
    row = connection.execute("select n from fence").fetchone()
    return int(row[0]) if row else 0


def sync_file_system(folder: Path) -> None:
    """Put everything written to the folder's file system on disk (syncfs; elsewhere sync)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "syncfs"):
        os.sync()
        return
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if libc.syncfs(fd) != 0:
            raise OSError(ctypes.get_errno(), "syncfs failed", str(folder))
    finally:
        os.close(fd)
