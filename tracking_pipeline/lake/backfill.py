"""Backfill: hours replaced from their part files, many in a transaction, newest first, live loads in between.

The lock is free between transactions, so that a live load waits for one of them at most. Hours that cannot be
replaced are left as they are and cost no other.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb

from ingest_api.landing import Landing
from ingest_api.partitions import Hour, Kind
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.accounting import HourState, hour_states
from tracking_pipeline.lake.chunks import chunked, rows_at_most
from tracking_pipeline.lake.files import COLUMNS, VIEWS
from tracking_pipeline.lake.hours import in_hours
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import Loaded
from tracking_pipeline.lake.replace import HourRefused, Refused, read_hours, replace_together
from tracking_pipeline.lake.schema import statement

log = logging.getLogger(__name__)

MAX_ROWS = 400_000  # 5 s of CPU: a live load waits no longer
MAX_HOURS = 48
MEMORY_LIMIT = "1GB"  # of DuckDB; what is above goes to disk
RESTING: dict[Kind, tuple[str, ...]] = {"events": ("events", "duplicates"), "rejected": ("rejected_events",)}


@dataclass(frozen=True, slots=True)
class Replaced:
    """One hour after its turn; ``refused`` says why it was left as it was."""

    hour: Hour
    loaded: Loaded
    checked: HourState
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What replacing an hour would change, in rows of its part files; ``refused`` says why it would not be."""

    hour: Hour
    coming: int = 0
    going: int = 0
    refused: str | None = None


def replace_hours(settings: Settings, hours: Iterable[Hour]) -> Iterator[Replaced]:
    """Replace hours, newest first, and check each. One bad hour does not undo or stop the others."""
    landing = Landing(settings.landing_dir)
    with attach.opened(settings) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        store = Store(connection, settings, landing)
        for group in grouped(landing, hours):
            refused: Refused = {}
            load_ids = _replace_group(store, group, refused)
            states = hour_states(connection, landing, group)
            for hour in group:
                account = states[hour].account
                loaded = (
                    Loaded(load_ids[hour], account.files, account.received - account.residual)
                    if hour in load_ids
                    else Loaded()
                )
                yield Replaced(hour, loaded, states[hour], refused.get(hour))


def differences(settings: Settings, hours: Iterable[Hour]) -> Iterator[Difference]:
    """Say of each hour, newest first, what replacing it would change. Nothing is written, no lock is taken.

    A row counts as coming where the lake lacks it or holds it with other content, as going where no part file has it.
    """
    landing = Landing(settings.landing_dir)
    with attach.opened(settings, read_only=True) as connection:
        store = Store(connection, settings, landing)
        for hour in sorted(set(hours), reverse=True):
            try:
                yield _difference(store, hour)
            except HourRefused as error:
                yield Difference(hour, refused=str(error))


def grouped(landing: Landing, hours: Iterable[Hour]) -> Iterator[list[Hour]]:
    """Cut hours, newest first, into groups of at most ``MAX_HOURS`` with about ``MAX_ROWS`` rows, at least one hour."""
    newest_first = sorted(set(hours), reverse=True)
    return chunked(newest_first, lambda hour: sum(map(rows_at_most, landing.files(hour))), MAX_ROWS, MAX_HOURS)


def _replace_group(store: Store, group: list[Hour], refused: Refused) -> dict[Hour, int]:
    """Replace a group in one transaction but for the hours at fault; return the transaction of each that was."""
    wanted = list(group)
    while wanted:
        try:
            load_id = replace_together(store, wanted).load_id
            return dict.fromkeys(wanted, load_id)
        except HourRefused as error:
            at_fault = error.hours.keys() & set(wanted)
            if not at_fault:  # one of them would take an hour outside the group with it, which cannot be loaded again
                return _replace_alone(store, wanted, refused)
            refused |= {hour: error.hours[hour] for hour in at_fault}
            wanted = [hour for hour in wanted if hour not in at_fault]
        except duckdb.Error:
            return _replace_alone(store, wanted, refused)
    return {}


def _replace_alone(store: Store, hours: list[Hour], refused: Refused) -> dict[Hour, int]:
    load_ids: dict[Hour, int] = {}
    for hour in hours:
        try:
            load_ids[hour] = replace_together(store, [hour]).load_id
        except (HourRefused, duckdb.Error) as error:
            log.error("hour not replaced hour=%s error=%s", hour.key, type(error).__name__)
            refused[hour] = f"{hour.key} is not replaced: {error}"[:1000]
    return load_ids


def _difference(store: Store, hour: Hour) -> Difference:
    batch = read_hours(store, [hour])
    coming = going = 0
    for kind, tables in RESTING.items():
        found = _rows(store, hour, kind, tables) if batch.has(kind) else (0, _count(store, hour, tables))
        coming, going = coming + found[0], going + found[1]
    aside = {aside.file.path: aside.rows for aside in batch.set_aside}
    rows = store.connection.execute(
        f"select source_file, sum(rows) from set_aside where {in_hours([hour])} group by source_file"
    ).fetchall()
    known = {path: int(count) for path, count in rows}
    coming += sum(count for path, count in aside.items() if path not in known)
    going += sum(count for path, count in known.items() if path not in aside)
    return Difference(hour, coming, going)


def _rows(store: Store, hour: Hour, kind: Kind, tables: tuple[str, ...]) -> tuple[int, int]:
    columns = ", ".join(COLUMNS[kind])
    selects = [f"select {columns}, source_file, ordinal from {table} where {in_hours([hour])}" for table in tables]
    sql = statement("difference").replace("{columns}", columns).replace("{batch}", VIEWS[kind])
    row = store.connection.execute(sql.replace("{in lake}", " union all ".join(selects))).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _count(store: Store, hour: Hour, tables: tuple[str, ...]) -> int:
    selects = [f"select count(*) as n from {table} where {in_hours([hour])}" for table in tables]
    row = store.connection.execute(f"select sum(n) from ({' union all '.join(selects)})").fetchone()
    return int(row[0]) if row else 0
