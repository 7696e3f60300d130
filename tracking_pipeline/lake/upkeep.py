"""Upkeep of the lake: merge small files, expire snapshots, remove what nobody reads. Under the writer lock.

Without the fence: a DuckLake transaction either changes or compacts. Always drained with ``fetchall``: a call whose
result is not read is rolled back in silence (tried). With a SQLite catalog DuckLake compares ``older_than`` as text,
in whole days (tried), so snapshots are expired by their numbers, and files are deleted all at once, but only when
the newest of them was taken out of use at least ``GRACE`` ago: a reader that began before then has ended.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.inlined import CATALOG, flush
from tracking_pipeline.lake.writer import sync_file_system, writer_lock

STEP_LIMIT_S = 900.0  # one step may rewrite every file of a table
GRACE = "interval 30 minutes"
SCHEDULED = f"{CATALOG}.ducklake_files_scheduled_for_deletion"


@dataclass(frozen=True, slots=True)
class Tidied:
    """What upkeep did: rows that each step reported, and live data files and bytes before and after."""

    steps: dict[str, int]
    files_before: int
    files_after: int
    bytes_after: int


def tidy(settings: Settings) -> Tidied:
    """Do all upkeep; each step takes the lock on its own, so that loads get their turn in between."""
    steps: dict[str, int] = {}
    with attach.opened(settings) as connection:
        before, _ = _live(connection)
        for name, step in STEPS.items():
            with writer_lock(settings, STEP_LIMIT_S):
                steps[name] = step(connection, settings)
                sync_file_system(settings.lake_dir)
        after, size = _live(connection)
    return Tidied(steps, before, after, size)


def _clean(connection: attach.Connection, settings: Settings) -> int:
    """Delete files that the *previous* upkeep took out of use."""
    row = connection.execute(
        f"select count(*), max(cast(schedule_start as timestamptz)) < now() - {GRACE} from {SCHEDULED}"
    ).fetchone()
    if not row or not row[0] or not row[1]:
        return 0
    return _call(connection, "call ducklake_cleanup_old_files('lake', cleanup_all => true)")


def _flush(connection: attach.Connection, settings: Settings) -> int:
    return flush(connection)


def _rewrite(connection: attach.Connection, settings: Settings) -> int:
    return _call(connection, "call ducklake_rewrite_data_files('lake', delete_threshold => 0.02)")


def _merge(connection: attach.Connection, settings: Settings) -> int:
    return _call(connection, "call ducklake_merge_adjacent_files('lake')")


def _expire(connection: attach.Connection, settings: Settings) -> int:
    """Expire snapshots older than the setting, the newest excepted."""
    rows = connection.execute(
        "select snapshot_id from ducklake_snapshots('lake') where snapshot_time < now() - to_hours($hours)"
        " and snapshot_id < (select max(snapshot_id) from ducklake_snapshots('lake'))",
        {"hours": settings.snapshot_hours},
    ).fetchall()
    if not rows:
        return 0
    numbers = ", ".join(str(int(number)) for (number,) in rows)
    return _call(connection, f"call ducklake_expire_snapshots('lake', versions => [{numbers}])")


def _orphans(connection: attach.Connection, settings: Settings) -> int:
    """Delete files that a killed load left: two days old, so never one that is being written."""
    return _call(connection, "call ducklake_delete_orphaned_files('lake', older_than => now() - interval 2 days)")


STEPS: dict[str, Callable[[attach.Connection, Settings], int]] = {
    "cleaned": _clean,
    "flushed": _flush,
    "rewritten": _rewrite,
    "merged": _merge,
    "expired": _expire,
    "orphans": _orphans,
}


def _call(connection: attach.Connection, sql: str) -> int:
    return len(connection.execute(sql).fetchall())


def _live(connection: attach.Connection) -> tuple[int, int]:
    row = connection.execute(
        "select coalesce(sum(file_count), 0), coalesce(sum(file_size_bytes), 0) from ducklake_table_info('lake')"
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)
