"""``analytics.duckdb``: the marts as one plain DuckDB file, for tools that open nothing else.

Written aside from one snapshot of the lake, then renamed over the old one: who has that open reads on in it. No run of
it costs more than a tenth of the time: after one that took 3 s the next begins 30 s later at the earliest. Rows older
than ``TRACKING_ANALYTICS_DAYS`` are left to the lake, so that it grows with traffic and not with age.
"""

import datetime as dt
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest_api.disk import Disk, locked
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.changed import changed_ns
from tracking_pipeline.lake.marts.analytics_due import NAME, mark_of, path_of
from tracking_pipeline.lake.marts.refresh import LOCK_NAME
from tracking_pipeline.lake.marts.tables import MART_TABLES
from tracking_pipeline.lake.quoted import quoted
from tracking_pipeline.lake.tables import Table

log = logging.getLogger(__name__)

READABLE = 0o444


@dataclass(frozen=True, slots=True)
class Published:
    """What a run wrote: rows of all tables, bytes of the file, seconds."""

    rows: int
    bytes: int
    seconds: float


def publish(settings: Settings, step: Callable[[str], None] = lambda name: None) -> Published | None:
    """Publish the marts as they are; None when the marts are being brought up right now.

    Killed anywhere, the old file or the new one is there and whole. Raises duckdb.Error or OSError (no space); nothing
    changed then. ``step`` is called for each table (copied), when the file is whole (written) and in place (placed).
    """
    started = time.perf_counter()
    with locked(settings.lake_dir / LOCK_NAME, blocking=False) as mine:
        if not mine:
            return None
        covered_ns = changed_ns(settings)
        aside = path_of(settings).with_name(f".{NAME}.new")
        _remove(aside)
        with attach.opened(settings, read_only=True) as connection:
            rows = _write(connection, aside, settings.analytics_days, step)
        step("written")
        _put_in_place(aside, path_of(settings))
        step("placed")
        done = Published(rows, path_of(settings).stat().st_size, round(time.perf_counter() - started, 2))
        Disk().replace(mark_of(settings), f"{done.seconds}".encode())
        os.utime(mark_of(settings), ns=(covered_ns, covered_ns))
    log.info("analytics published rows=%s bytes=%s seconds=%s", done.rows, done.bytes, done.seconds)
    return done


def _write(connection: duckdb.DuckDBPyConnection, aside: Path, days: int, step: Callable[[str], None]) -> int:
    """Fill the file from one snapshot and close it: no write-ahead log stays. Returns the rows."""
    connection.execute(f"attach '{quoted(aside)}' as published")
    connection.execute("begin")
    first_day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=days)
    rows = 0
    for table in MART_TABLES:
        rows += _copy(connection, table, first_day)
        step("copied")
    connection.execute("commit")
    connection.execute("checkpoint published")
    connection.execute("detach published")
    return rows


def _copy(connection: duckdb.DuckDBPyConnection, table: Table, first_day: dt.date) -> int:
    recent = f"where day >= date '{first_day}'" if table.partitioned_by == "day" else ""
    connection.execute(f"create table published.{table.name} as from {table.name} {recent}")
    connection.execute(f"comment on table published.{table.name} is '{quoted(table.about)}'")
    for column in table.columns:
        connection.execute(f"comment on column published.{table.name}.{column.name} is '{quoted(column.about)}'")
    [(count,)] = connection.execute(f"select count(*) from published.{table.name}").fetchall()
    return int(count)


def _put_in_place(aside: Path, target: Path) -> None:
    """Rename over the old file; the log of a tool that opened that read-write would be replayed onto this one."""
    disk, log_path = Disk(), _wal(target)
    aside.chmod(READABLE)
    disk.sync_file(aside)
    log_path.unlink(missing_ok=True)
    disk.rename(aside, target)
    log_path.unlink(missing_ok=True)
    disk.sync_dir(target.parent)


def _remove(aside: Path) -> None:
    for path in (aside, _wal(aside)):
        path.unlink(missing_ok=True)


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")
