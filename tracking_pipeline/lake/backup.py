"""Copies of the lake: catalog and the data files that it names; made while everything runs, checked before use.

The catalog is copied first, at one instant, then what it names: lake files never change once written, and upkeep
deletes none within half an hour of its last use. A folder that holds an older copy gets only what is new, and is whole
at every moment: the new catalog is put in place last. Only for a catalog in SQLite.
"""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ingest_api.disk import PRIVATE_FILE, Disk, locked

CATALOG = "catalog.sqlite"
DATA = "data"
# Every data and delete file that the catalog names, of all of its snapshots, below the data folder.
FILES = """
select s.path || t.path || f.path, f.file_size_bytes,
  s.path_is_relative and t.path_is_relative and f.path_is_relative
from (
  select table_id, path, path_is_relative, file_size_bytes from ducklake_data_file
  union all
  select table_id, path, path_is_relative, file_size_bytes from ducklake_delete_file
) f
join (select distinct table_id, schema_id, path, path_is_relative from ducklake_table) t using (table_id)
join (select distinct schema_id, path, path_is_relative from ducklake_schema) s using (schema_id)
"""


class BackupUnusable(Exception):
    """A copy cannot be made or used; the message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds: data files and their bytes; how many of them were copied this time."""

    files: int
    bytes: int
    new_files: int


def copy_lake(lake: Path, target: Path, disk: Disk | None = None) -> Copied:
    """Copy a lake into ``target``, durably; what is there already is not copied again. Safe to repeat after a kill.

    Raises BackupUnusable when a data file is gone, OSError when the disk refuses.
    """
    disk = disk or Disk()
    disk.make_dirs(target)
    with locked(target / "backup.lock", blocking=False) as mine:
        if not mine:
            raise BackupUnusable(f"another backup writes to {target}")
        aside = target / f".{CATALOG}.tmp"
        _copy_catalog(lake / CATALOG, aside)
        wanted = files_of(aside)
        new = [name for name, size in wanted.items() if not _is_there(target / DATA / name, size)]
        for name in new:
            _copy_file(disk, lake / DATA / name, target / DATA / name, within=target)
        disk.rename(aside, target / CATALOG)
        disk.sync_dir(target)
        _remove_others(disk, target / DATA, set(wanted))
    return Copied(len(wanted), sum(wanted.values()), len(new))


def files_of(catalog: Path) -> dict[str, int]:
    """Return the data files that a catalog names, relative to its data folder, with their sizes.

    Raises BackupUnusable for a catalog that cannot be read, or names files elsewhere.
    """
    try:
        with _opened(catalog, "ro") as connection:
            rows = connection.execute(FILES).fetchall()
    except sqlite3.Error as error:
        raise BackupUnusable(f"{catalog} is no catalog of a lake, or damaged: {error}") from None
    if not all(is_below for _, _, is_below in rows):
        raise BackupUnusable(f"{catalog} names files outside its data folder; they are not copied")
    return {path: size for path, size, _ in rows}


def check_copy(source: Path) -> dict[str, int]:
    """Return the files of a copy; every one is there in full size, and the catalog sound. Raises BackupUnusable."""
    if not (source / CATALOG).is_file():
        raise BackupUnusable(f"{source} holds no finished backup: {CATALOG} is missing")
    wanted = files_of(source / CATALOG)
    with _opened(source / CATALOG, "ro") as connection:
        [(verdict,)] = connection.execute("pragma quick_check(1)").fetchall()
    if verdict != "ok":
        raise BackupUnusable(f"{source / CATALOG} is damaged: {verdict}")
    lost = [name for name, size in wanted.items() if not _is_there(source / DATA / name, size)]
    if lost:
        raise BackupUnusable(
            f"{len(lost)} of {len(wanted)} files of {source} are gone or have another size: {', '.join(lost[:3])}"
        )
    return wanted


def stage(source: Path, staged: Path, home: Path, disk: Disk | None = None) -> int:
    """Copy a checked copy to ``staged``, its catalog told that its data will lie under ``home``; return the files."""
    disk = disk or Disk()
    wanted = check_copy(source)
    disk.make_dirs(staged / DATA, within=staged.parent)
    for name in wanted:
        _copy_file(disk, source / DATA / name, staged / DATA / name, within=staged)
    _copy_catalog(source / CATALOG, staged / CATALOG)
    move_data_path(staged / CATALOG, home / DATA)
    disk.sync_file(staged / CATALOG)
    disk.sync_dir(staged)
    return len(wanted)


def data_path(catalog: Path) -> Path:
    """Return the folder in which a catalog says that its data lie: an absolute path, the one thing that can move."""
    with _opened(catalog, "ro") as connection:
        [(path,)] = connection.execute("select value from ducklake_metadata where key = 'data_path'").fetchall()
    return Path(path)


def move_data_path(catalog: Path, data: Path) -> None:
    """Tell a catalog that its data lie in ``data`` now."""
    with _opened(catalog, "rw") as connection, connection:
        connection.execute("update ducklake_metadata set value = ? where key = 'data_path'", [f"{data}/"])


def follow_move(lake: Path) -> Path | None:
    """Where a lake's folder was moved or copied as a whole, tell its catalog; return where it had been, else None.

    Raises BackupUnusable when the files are not there: then the catalog is left as it is.
    """
    catalog = lake / CATALOG
    if not catalog.is_file():
        return None
    before = data_path(catalog)
    if before == lake / DATA:
        return None
    lost = [name for name, size in files_of(catalog).items() if not _is_there(lake / DATA / name, size)]
    if lost:
        raise BackupUnusable(
            f"The catalog in {lake} belongs to data in {before}, and {len(lost)} of its files are not in {lake / DATA}."
            " Move the whole folder, or restore a backup with `tracking restore`."
        )
    move_data_path(catalog, lake / DATA)
    return before


@contextlib.contextmanager
def _opened(catalog: Path, mode: str) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{quote(str(catalog))}?mode={mode}", uri=True, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def _copy_catalog(source: Path, target: Path) -> None:
    """Copy a catalog as it is at one instant, whoever writes to it; one file, without a log beside it."""
    target.unlink(missing_ok=True)
    with _opened(source, "rw") as live, _opened(target, "rwc") as copy:
        live.backup(copy)
        copy.execute("pragma journal_mode = delete").fetchall()
    target.chmod(PRIVATE_FILE)


def _copy_file(disk: Disk, source: Path, target: Path, *, within: Path) -> None:
    disk.make_dirs(target.parent, within=within)
    aside = target.with_name(f".{target.name}.tmp")
    try:
        shutil.copyfile(source, aside)  # by the kernel: a lake file may be larger than memory
    except FileNotFoundError:
        raise BackupUnusable(
            f"{source} is gone; if upkeep took it out of use meanwhile, run the backup again"
        ) from None
    aside.chmod(PRIVATE_FILE)
    disk.sync_file(aside)
    disk.rename(aside, target)
    disk.sync_dir(target.parent)


def _is_there(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _remove_others(disk: Disk, folder: Path, wanted: set[str]) -> None:
    """Remove what the catalog in place does not name: an older one did, or a killed backup left it."""
    for path in folder.rglob("*"):
        if path.is_file() and str(path.relative_to(folder)) not in wanted:
            disk.unlink(path)
