"""Upkeep of the lake: merge small files, expire snapshots, remove what nobody reads. Under the writer lock.

Without the fence: a DuckLake transaction either changes or compacts. Always drained with ``fetchall``: a call whose
result is not read is rolled back in silence (tried).
"""

from dataclasses import dataclass

from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.writer import sync_file_system, writer_lock

CALLS = (
    ("flushed", "call ducklake_flush_inlined_data('lake')"),
    ("merged", "call ducklake_merge_adjacent_files('lake')"),
    ("rewritten", "call ducklake_rewrite_data_files('lake', delete_threshold => 0.1)"),
    ("expired", "call ducklake_expire_snapshots('lake', older_than => now() - interval '{days} days')"),
    ("cleaned", "call ducklake_cleanup_old_files('lake', older_than => now() - interval '{days} days')"),
    ("orphans", "call ducklake_delete_orphaned_files('lake', older_than => now() - interval '{days} days')"),
)


@dataclass(frozen=True, slots=True)
class Tidied:
    """What upkeep did: rows each call reported, and live data files before and after."""

    calls: dict[str, int]
    files_before: int
    files_after: int
    bytes_after: int


def tidy(settings: Settings) -> Tidied:
    """Do all upkeep; each call takes the lock on its own, so that loads get their turn in between."""
    calls: dict[str, int] = {}
    with attach.connect(settings) as connection:
        before, _ = _live(connection)
        for name, sql in CALLS:
            with writer_lock(settings):
                calls[name] = len(connection.execute(sql.format(days=settings.snapshot_days)).fetchall())
                sync_file_system(settings.lake_dir)
        after, size = _live(connection)
    return Tidied(calls, before, after, size)


def _live(connection: attach.Connection) -> tuple[int, int]:
    row = connection.execute(
        "select coalesce(sum(file_count), 0), coalesce(sum(file_size_bytes), 0) from ducklake_table_info('lake')"
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)
