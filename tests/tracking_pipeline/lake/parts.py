"""Part files for tests, as the publisher writes them."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from ingest_api.arrow import to_table
from ingest_api.landing import Landing, PartFile
from ingest_api.partitions import HOUR_US, Hour, hour_of, part_name
from ingest_api.schema import Event, Rejected, make_event_id
from ingest_api.settings import Settings
from tests.tracking_pipeline.lake.made import copied_lake
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.insert import Store

MIDNIGHT_US = 1_795_564_800_000_000  # 2026-11-25 00:00 UTC


def at(hour: int, offset_us: int = 0) -> int:
    """Return an instant of the test day."""
    return MIDNIGHT_US + hour * HOUR_US + offset_us


def event(message_id: str, received_at: int, client_at: int | None = None, **more: object) -> Event:
    """Build one accepted event."""
    fields: dict[str, object] = {
        "event_id": make_event_id("site", message_id, (client_at or 0) // 1000),
        "message_id": message_id,
        "source": "site",
        "type": "track",
        "event_name": "click",
        "received_at": received_at,
        "occurred_at": received_at if client_at is None else client_at,
        "occurred_from": "received",
        "client_at": client_at,
        "user_id": "u1",
        "properties": '{"n":12345678901234567890}',
    }
    return Event(**{**fields, **more})


def rejected(received_at: int, reason: str = "too_deep") -> Rejected:
    """Build one refused event."""
    return Rejected(reason=reason, source="site", received_at=received_at, original="{}", original_bytes=2)


def new_store(folder: Path) -> Store:
    """Make a lake and an empty landing zone, and hold a connection to them."""
    settings = Settings(_env_file=None, data_dir=folder)
    copied_lake(settings)
    landing = Landing(settings.landing_dir)
    landing.make()
    return Store(attach.connect(settings), settings, landing)


def write_part(landing: Landing, rows: Sequence[Event | Rejected], tag: str) -> PartFile:
    """Write one part file of rows that share an hour and a kind."""
    kind = "events" if isinstance(rows[0], Event) else "rejected"
    hour = hour_of(rows[0].received_at)
    digest = hashlib.sha256(tag.encode()).hexdigest()[:16]
    path = f"{kind}/{hour.folder}/{part_name(rows[0].received_at, digest, len(rows))}"
    table = to_table(kind, rows, received=len(rows), plan=digest)
    target = landing.absolute(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(target, table.schema, compression="zstd", store_schema=False) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(table.schema.metadata)
    return next(file for file in landing.files(hour) if file.path == path)


def resting(store: Store) -> dict[str, set[tuple[object, ...]]]:
    """Return what rests where, without load_id, which tells of the order of loading."""
    found = {}
    for table, columns in {
        "events": "event_id, message_id, received_at, properties, date, hour, source_file, ordinal, is_bot",
        "duplicates": "event_id, message_id, received_at, properties, date, hour, source_file, ordinal, is_bot",
        "rejected_events": "reason, received_at, date, hour, source_file, ordinal",
        "set_aside": "reason, rows, date, hour, source_file, ordinal",
        "loaded_files": "path, kind, date, hour, bytes, received, rows_read",
    }.items():
        rows = store.connection.execute(f"select {columns} from {table}").fetchall()
        assert len(rows) == len(set(rows)), f"{table} holds a row twice"
        found[table] = set(rows)
    return found


def hours(*numbers: int) -> list[Hour]:
    """Return hours of the test day."""
    return [hour_of(at(number)) for number in numbers]
