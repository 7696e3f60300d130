"""Replacing an hour from its part files, in one transaction, without ever losing a row that cannot be made again."""

from ingest_api.partitions import Hour
from tracking_pipeline.lake.enrich import country_table
from tracking_pipeline.lake.files import Batch, read_batch
from tracking_pipeline.lake.insert import Store, insert_batch, run
from tracking_pipeline.lake.load import Loaded, again_if_refused, result
from tracking_pipeline.lake.schema import statement
from tracking_pipeline.lake.writer import transaction, writer_lock


class HourRefused(Exception):
    """An hour cannot be replaced without losing rows; the message names the files and the cure."""


def replace_hour(store: Store, hour: Hour) -> Loaded:
    """Load an hour anew from its part files, in one transaction; the rows are the same afterwards.

    Raises HourRefused when a file of its ledger is gone, has another size, or cannot be read any more.
    """
    return again_if_refused(lambda: _replace_hour(store, hour))


def _replace_hour(store: Store, hour: Hour) -> Loaded:
    with writer_lock(store.settings):
        batches = {hour: _batch_to_replace(store, hour)}
        with transaction(store.connection, store.settings) as load_id:
            _replace_in_transaction(store, hour, batches[hour], load_id)
            while orphaned := _orphaned_hours(store, exclude=set(batches)):
                for other in orphaned:
                    batches[other] = _batch_to_replace(store, other)
                    _replace_in_transaction(store, other, batches[other], load_id)
            store.step("before commit")
        return sum((result(batch, load_id) for batch in batches.values()), Loaded())


def _batch_to_replace(store: Store, hour: Hour) -> Batch:
    files = store.landing.files(hour)
    ledger = store.connection.execute(
        "select path, bytes, path in (select source_file from set_aside) from loaded_files where date = ? and hour = ?",
        [hour.date, hour.hour],
    ).fetchall()
    size = {file.path: file.bytes for file in files}
    lost = [path for path, recorded, _ in ledger if size.get(path) != recorded]
    if lost:
        raise HourRefused(
            f"{hour.key} is not replaced: {len(lost)} of its {len(ledger)} loaded files are gone or have another size"
            f" ({', '.join(sorted(lost)[:5])}); restore them, the rows in the lake stay as they are"
        )
    batch = read_batch(store.connection, store.landing, files, country_table(store.settings))
    sound = {path for path, _, was_set_aside in ledger if not was_set_aside}
    broken = [aside.file.path for aside in batch.set_aside if aside.file.path in sound]
    if broken:
        raise HourRefused(
            f"{hour.key} is not replaced: {', '.join(broken[:5])} was loaded once and cannot be read now;"
            " restore it, the rows in the lake stay as they are"
        )
    return batch


def _replace_in_transaction(store: Store, hour: Hour, batch: Batch, load_id: int) -> None:
    for sql in statement("remove_hour").split(";"):
        if sql.strip():
            run(store, sql, {"date": hour.date, "hour": hour.hour, "load_id": load_id})
    insert_batch(store, batch, load_id)


def _orphaned_hours(store: Store, exclude: set[Hour]) -> list[Hour]:
    rows = store.connection.execute(statement("orphans")).fetchall()
    return [hour for date, n in rows if (hour := Hour(date, n)) not in exclude]
