"""The state of the whole: backlog, lag, sums, deliveries, and what needs a person. Read only."""

import datetime as dt
import shutil
from dataclasses import asdict, dataclass, field
from typing import Any

from ingest_api.landing import Landing, PartFile
from ingest_api.partitions import Hour, hour_of, rows_in_name
from ingest_api.settings import Settings
from tracking_pipeline.delivery.backlog import EXPIRES_SOON
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.accounting import accounts
from tracking_pipeline.lake.waiting import waiting_files

FILES_WAIT_AT_MOST_S = 300
SPOOL_WAITS_AT_MOST_S = 60
MARTS_WAIT_AT_MOST_S = 900
EXPIRY_WARNING_H = EXPIRES_SOON // dt.timedelta(hours=1)

CONDITIONS = {
    "sums_differ": "an hour does not add up: materialize it again (`tracking backfill HOUR`)",
    "files_not_loading": f"files wait for over {FILES_WAIT_AT_MOST_S} s: look at the runs in the Dagster UI",
    "marts_behind": f"the marts lack files loaded over {MARTS_WAIT_AT_MOST_S} s ago: look at `refresh_marts` in the UI",
    "spool_not_publishing": f"spooled events wait for over {SPOOL_WAITS_AT_MOST_S} s: see logs/publisher.log",
    "spool_damaged": "damaged bytes lie in spool/bad: look at the disk, then move them away",
    "files_set_aside": "part files could not be loaded: `select * from set_aside`; restore them, backfill the hour",
    "disk_nearly_full": "free disk space is below the reserve: the collector answers 503",
    "deliveries_stopped": "GA4 refuses requests: check GA4_MEASUREMENT_ID and GA4_API_SECRET (`tracking doctor`)",
    "deliveries_expiring": f"unsent events expire within {EXPIRY_WARNING_H} h: look at `ga4_deliveries` in the UI",
}


@dataclass(slots=True)
class Status:
    """Everything `tracking status` shows. Ages in seconds; ``needs`` are keys of CONDITIONS."""

    needs: list[str] = field(default_factory=list)
    spool: dict[str, Any] = field(default_factory=dict)
    landing: dict[str, Any] = field(default_factory=dict)
    lake: dict[str, Any] = field(default_factory=dict)
    marts: dict[str, Any] = field(default_factory=dict)
    hours: list[dict[str, Any]] = field(default_factory=list)
    deliveries: dict[str, dict[str, int]] = field(default_factory=dict)
    disk: dict[str, Any] = field(default_factory=dict)


def read_status(settings: Settings, hours: int) -> Status:
    """Look along an event's way, spool first: one that moves meanwhile may be seen twice, never missed."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    status = Status()
    waiting: dict[Hour, int] = {}
    _spool(settings, status, waiting, now)
    with attach.opened(settings, read_only=True) as connection:
        files = [file for file, _ in waiting_files(settings, connection)]
        _landing(settings, status, files, waiting, now)
        _lake(connection, status, waiting, now, hours)
        _marts(connection, status, now)
        _deliveries(connection, status)
    _disk(settings, status)
    return status


def _spool(settings: Settings, status: Status, waiting: dict[Hour, int], now: dt.datetime) -> None:
    from ingest_api.waiting import spooled

    oldest = None
    count = 0
    for record in spooled(settings.spool_dir):
        count += 1
        received = record.row.received_at
        oldest = min(received, oldest or received)
        waiting[hour_of(received)] = waiting.get(hour_of(received), 0) + 1
    bad = len(list((settings.spool_dir / "bad").glob("*.bin")))
    age = round(now.replace(tzinfo=dt.UTC).timestamp() - oldest / 1e6, 1) if oldest else 0.0
    status.spool = {"events": count, "oldest_s": age, "damaged_pieces": bad}
    _need(status, "spool_not_publishing", age > SPOOL_WAITS_AT_MOST_S)
    _need(status, "spool_damaged", bad > 0)


def _landing(
    settings: Settings, status: Status, files: list[PartFile], waiting: dict[Hour, int], now: dt.datetime
) -> None:
    for file in files:
        waiting[file.hour] = waiting.get(file.hour, 0) + (rows_in_name(file.name) or 0)
    oldest = min((file.published_ns for file in files), default=None)
    age = round(now.replace(tzinfo=dt.UTC).timestamp() - oldest / 1e9, 1) if oldest else 0.0
    strays = Landing(settings.landing_dir).strays()
    status.landing = {"files_waiting": len(files), "oldest_s": age, "strays": strays[:20]}
    _need(status, "files_not_loading", age > FILES_WAIT_AT_MOST_S)


def _lake(
    connection: attach.Connection, status: Status, waiting: dict[Hour, int], now: dt.datetime, hours: int
) -> None:
    row = connection.execute(
        "select max(loaded_at), (select max(received_at) from events), (select count(*) from set_aside)"
        " from loaded_files"
    ).fetchone() or (None, None, 0)
    status.lake = {
        "last_load_at": row[0],
        "newest_event_received_at": row[1],
        "lag_s": round((now - row[1]).total_seconds(), 1) if row[1] else None,
        "set_aside": int(row[2]),
    }
    _need(status, "files_set_aside", int(row[2]) > 0)
    last = hour_of(int(now.replace(tzinfo=dt.UTC).timestamp() * 1e6))
    first = hour_of(int((now.replace(tzinfo=dt.UTC) - dt.timedelta(hours=hours - 1)).timestamp() * 1e6))
    found = {account.hour: account for account in accounts(connection, first, max([last, *waiting]))}
    for hour in sorted({*found, *waiting}, reverse=True):
        account = asdict(found[hour]) if hour in found else {}
        residual = found[hour].residual if hour in found else 0
        account.pop("hour", None)
        status.hours.append({"hour": hour.key, **account, "residual": residual, "waiting": waiting.get(hour, 0)})
        _need(status, "sums_differ", residual != 0)


def _marts(connection: attach.Connection, status: Status, now: dt.datetime) -> None:
    row = connection.execute(
        "select m.load_id, m.refreshed_at, min(f.loaded_at) from (select 0 as seen) left join marts_state m on true"
        " left join loaded_files f on f.load_id > coalesce(m.load_id, 0) group by all"
    ).fetchone() or (None, None, None)
    lag = round((now - row[2]).total_seconds(), 1) if row[2] else 0.0
    status.marts = {"load_id": row[0], "refreshed_at": row[1], "lag_s": lag}
    _need(status, "marts_behind", lag > MARTS_WAIT_AT_MOST_S)


def _deliveries(connection: attach.Connection, status: Status) -> None:
    rows = connection.execute(
        "select destination, state, count(*) from delivery_status group by all order by all"
    ).fetchall()
    for destination, state, count in rows:
        status.deliveries.setdefault(destination, {})[state] = int(count)
    row = connection.execute(
        "select count(*) filter (where state in ('unsent', 'retry') and expires_at < cast(now() as timestamp)"
        f" + interval {EXPIRY_WARNING_H} hours), count(*) filter (where state in ('dead', 'retry')"
        " and http_status between 300 and 499 and http_status <> 429"
        " and recorded_at > cast(now() as timestamp) - interval 1 hour) from delivery_status"
    ).fetchone() or (0, 0)
    _need(status, "deliveries_expiring", int(row[0]) > 0)
    _need(status, "deliveries_stopped", int(row[1]) > 0)


def _disk(settings: Settings, status: Status) -> None:
    free = shutil.disk_usage(settings.data_dir).free
    status.disk = {"free_bytes": free, "reserve_bytes": settings.reserve_mb * 1_000_000}
    _need(status, "disk_nearly_full", free < settings.reserve_mb * 1_000_000)


def _need(status: Status, condition: str, holds: bool) -> None:
    if holds and condition not in status.needs:
        status.needs.append(condition)
