"""Replacing hours from their part files, in one transaction, without ever losing a row that cannot be made again."""

from collections.abc import Iterable

from ingest_api.landing import PartFile
from ingest_api.partitions import Hour
from tracking_pipeline.lake.enrich import country_table
from tracking_pipeline.lake.files import Batch, read_batch
from tracking_pipeline.lake.hours import in_hours
from tracking_pipeline.lake.insert import Store, insert_batch, run
from tracking_pipeline.lake.load import Loaded, again_if_refused, result
from tracking_pipeline.lake.schema import statement
from tracking_pipeline.lake.writer import transaction, writer_lock

Refused = dict[Hour, str]


class HourRefused(Exception):
    """Hours cannot be replaced without losing rows; ``hours`` says of each which files are at fault, and the cure."""

    def __init__(self, hours: Refused) -> None:
        super().__init__("; ".join(hours.values()))
        self.hours = hours


def replace_hour(store: Store, hour: Hour) -> Loaded:
    """Load an hour anew from its part files, in one transaction; the rows are the same afterwards.

    Raises HourRefused when a file of its ledger is gone, has another size, or cannot be read any more.
    """
    return replace_together(store, [hour])


def replace_together(store: Store, hours: Iterable[Hour]) -> Loaded:
    """Load hours anew in one transaction. Raises HourRefused with the hours at fault; then none is replaced."""
    wanted = sorted(set(hours))
    return again_if_refused(lambda: _replace(store, wanted))


def read_hours(store: Store, hours: Iterable[Hour]) -> Batch:
    """Read hours' part files to their end, changing nothing. Raises HourRefused as a replacement would."""
    files: list[PartFile] = []
    refused: Refused = {}
    was_sound: dict[str, Hour] = {}
    ledgers = _ledgers(store, hours)
    for hour, ledger in ledgers.items():
        listed = store.landing.files(hour)
        size = {file.path: file.bytes for file in listed}
        if lost := [path for path, recorded, aside in ledger if not _is_there(size.get(path), recorded, aside)]:
            refused[hour] = (
                f"{hour.key} is not replaced: {len(lost)} of its {len(ledger)} loaded files are gone or have another"
                f" size ({', '.join(sorted(lost)[:5])}); restore them, the rows in the lake stay as they are"
            )
        files += listed
        was_sound |= {path: hour for path, _, was_set_aside in ledger if not was_set_aside}
    if refused:
        raise HourRefused(refused)
    batch = read_batch(store.connection, store.landing, files, country_table(store.settings))
    if broken := {aside.file.path for aside in batch.set_aside} & was_sound.keys():
        raise HourRefused({was_sound[path]: _cannot_be_read(was_sound[path], path) for path in sorted(broken)})
    return batch


def _is_there(size: int | None, recorded: int, was_set_aside: bool) -> bool:
    """Tell whether a loaded file can be loaded again. No row of one that was set aside is stored: it may be mended."""
    return size is not None and (size == recorded or was_set_aside)


def _cannot_be_read(hour: Hour, path: str) -> str:
    return (
        f"{hour.key} is not replaced: {path} was loaded once and cannot be read now; restore it, the rows in the lake"
        " stay as they are"
    )


def _ledgers(store: Store, hours: Iterable[Hour]) -> dict[Hour, list[tuple[str, int, bool]]]:
    """Return path, bytes and whether it was set aside of each hour's loaded files, in one look: each costs 40 ms."""
    ledgers: dict[Hour, list[tuple[str, int, bool]]] = {hour: [] for hour in hours}
    rows = store.connection.execute(
        "select date, hour, path, bytes, path in (select source_file from set_aside)"
        f" from loaded_files where {in_hours(ledgers)}"
    ).fetchall()
    for date, number, *file in rows:
        ledgers[Hour(date, number)].append(tuple(file))
    return ledgers


def _replace(store: Store, hours: list[Hour]) -> Loaded:
    with writer_lock(store.settings):
        batch = read_hours(store, hours)
        taken = set(hours)
        with transaction(store.connection, store.settings) as load_id:
            total = _replace_in_transaction(store, hours, batch, load_id)
            while orphaned := _orphaned_hours(store, exclude=taken):
                taken.update(orphaned)
                total += _replace_in_transaction(store, orphaned, read_hours(store, orphaned), load_id)
            store.step("before commit")
        return total


def _replace_in_transaction(store: Store, hours: list[Hour], batch: Batch, load_id: int) -> Loaded:
    text = statement("remove_hours").replace("{in hours}", in_hours(hours))
    for sql in text.split(";"):
        if sql.strip():
            run(store, sql, {"load_id": load_id})
    insert_batch(store, batch, load_id)
    return result(batch, load_id)


def _orphaned_hours(store: Store, exclude: set[Hour]) -> list[Hour]:
    rows = store.connection.execute(statement("orphans")).fetchall()
    return [hour for date, n in rows if (hour := Hour(date, n)) not in exclude]
