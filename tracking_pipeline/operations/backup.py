"""Backup and restore of what cannot be made again from part files: catalog, ledger, send journals, keys.

After a restore nobody knows which events of the last three days left after the copy was made: what the ledger and the
journals do not close becomes ``uncertain``, never unsent. A restore that was killed is finished by the next start.
"""

import datetime as dt
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest_api.disk import Disk
from ingest_api.landing import Landing
from ingest_api.settings import Settings
from tracking_pipeline.delivery.backlog import MAX_AGE
from tracking_pipeline.delivery.clock import Clock
from tracking_pipeline.delivery.destinations import since
from tracking_pipeline.delivery.ledger import Ledger, record
from tracking_pipeline.delivery.recovery import Recovery
from tracking_pipeline.delivery.registry import destination_of
from tracking_pipeline.delivery.targets import targets
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.backup import BackupUnusable, Copied, copy_lake, follow_move, stage
from tracking_pipeline.lake.drain import sweep
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.schema import make_lake, statement
from tracking_pipeline.lake.writer import sync_file_system, transaction, writer_lock
from tracking_pipeline.operations import checks
from tracking_pipeline.operations.checks import Refused, require_lake

log = logging.getLogger(__name__)

Step = Callable[[str], None]
RESTORED = "restored"  # in the lake's folder, from the moment it is in place until all is settled
BESIDE = ("delivery", "keys/wallet.key", "dagster/start_date")  # below the data folder


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. ``uncertain``: events by destination that may have left since the copy was made."""

    files: int
    hours_loaded: int
    uncertain: dict[str, int]
    moved_aside: Path | None = None


def back_up(settings: Settings, target: Path) -> Copied:
    """Copy lake, journals, wallet key and start date to a folder, while everything runs. Raises Refused."""
    _refuse_other_catalogs(settings)
    if target.resolve().is_relative_to(settings.data_dir.resolve()):
        raise Refused(f"{target} is inside the data folder that it is to save; choose another, best on another disk.")
    require_lake(settings)
    try:
        copied = copy_lake(settings.lake_dir, target)
    except BackupUnusable as error:
        raise Refused(f"No backup was made: {error}.") from None
    for name in BESIDE:  # journals after the ledger: they then know no less
        _copy_beside(settings.data_dir / name, target / name, replace=True)
    sync_file_system(target)
    return copied


def restore(settings: Settings, source: Path, *, step: Step = lambda name: None) -> Restored:
    """Put a backup in the place of the lake, load what is newer, and close what may have been sent. Raises Refused.

    Everything must be stopped. The lake that was there is moved aside, never deleted; journals and keys that are there
    stay as they are. ``step`` is called before each step (for drills).
    """
    _refuse_other_catalogs(settings)
    checks.check_data_dir(settings)
    with checks.only_one(settings):
        staged = _staged(settings)
        shutil.rmtree(staged, ignore_errors=True)  # of a restore that was killed
        try:
            files = stage(source, staged, settings.lake_dir)
        except BackupUnusable as error:
            raise Refused(f"Nothing was changed: {error}.") from None
        for name in BESIDE:
            _copy_beside(source / name, settings.data_dir / name, replace=False)
        step("mark")
        Disk().replace(staged / RESTORED, f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}\n".encode())
        aside = _swap(settings, staged, step)
        done = finish(settings, step=step)
    assert done is not None
    return Restored(files, done.hours_loaded, done.uncertain, aside)


def finish(settings: Settings, *, step: Step = lambda name: None) -> Restored | None:
    """Settle a restored lake before anything is sent from it; None when it is settled. Safe to repeat after a kill."""
    mark = settings.lake_dir / RESTORED
    if not mark.exists():
        return None
    step("load")
    make_lake(settings)
    Landing(settings.landing_dir).make()
    with attach.opened(settings) as connection:
        store = Store(connection, settings, Landing(settings.landing_dir))
        owed = sweep(settings)
        load_hours(store, owed)
        step("close")
        uncertain = {name: _close_open(store, name, mark.read_text().strip()) for name in targets(settings)}
    step("unmark")
    Disk().unlink(mark)
    Disk().sync_dir(settings.lake_dir)
    return Restored(0, len(owed), uncertain)


def follow(settings: Settings) -> None:
    """Let a lake whose folder was moved find its data, and finish a restore. Before anything opens it. Raises Refused.

    Called by every start.
    """
    if settings.catalog:
        return
    staged = _staged(settings)
    if (staged / RESTORED).exists() and not settings.lake_dir.exists():  # killed between the two renames
        staged.rename(settings.lake_dir)
    try:
        before = follow_move(settings.lake_dir)
    except BackupUnusable as error:
        raise Refused(str(error)) from None
    if before:
        log.warning("the lake was moved here from=%s", before)
    if (done := finish(settings)) is not None:
        log.warning("finished a restore uncertain=%s", done.uncertain)


def _close_open(store: Store, name: str, stamp: str) -> int:
    """Enter what the journals know, then close what is open; return how many events that were."""
    connection, settings = store.connection, store.settings
    try:
        from_at = since(connection, name)
    except LookupError:
        return 0
    traits = destination_of(settings, name).traits
    if rows := Recovery(connection, settings, traits, None).rows():
        record(Ledger(connection, settings, name), Clock(), rows)
    if traits.unknown != "uncertain":  # a repeat does no harm there
        return 0
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    with writer_lock(settings), transaction(connection, settings) as load_id:
        parameters = {
            "destination": name,
            "attempt_id": f"restore-{stamp}",
            "at": now,
            "load_id": load_id,
            "oldest": now - MAX_AGE,
            "since": from_at,
        }
        row = connection.execute(statement("open_events"), parameters).fetchone()
    return int(row[0]) if row else 0


def _staged(settings: Settings) -> Path:
    """Where a backup is made ready; it holds the mark once it is whole."""
    return settings.data_dir / "lake.staged"


def _swap(settings: Settings, staged: Path, step: Step) -> Path | None:
    """Move the lake that is there aside, and the staged one into its place; durable on return."""
    aside = None
    sync_file_system(staged)
    step("move aside")
    if settings.lake_dir.exists():
        aside = settings.data_dir / f"lake.before-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S%f}"
        with writer_lock(settings):  # no load of a part that was started alone is under way
            settings.lake_dir.rename(aside)
    step("put in place")
    staged.rename(settings.lake_dir)
    Disk().sync_dir(settings.data_dir)
    return aside


def _copy_beside(source: Path, target: Path, *, replace: bool) -> None:
    """Copy a file, or a folder's files; what is at the target stays unless ``replace``."""
    disk = Disk()
    for path in [source] if source.is_file() else sorted(source.rglob("*")) if source.is_dir() else []:
        to = target if path == source else target / path.relative_to(source)
        if path.is_file() and path.suffix != ".lock" and (replace or not to.exists()):
            disk.make_dirs(to.parent)
            disk.replace(to, disk.read(path))


def _refuse_other_catalogs(settings: Settings) -> None:
    if settings.catalog:
        raise Refused(
            "TRACKING_CATALOG: only the catalog under the data folder is saved; use the database's own tools."
        )
