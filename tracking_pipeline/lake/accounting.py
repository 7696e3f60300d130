"""The sums that must hold, per hour, and what an hour's checks say. Read only."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb

from ingest_api.landing import Landing, fingerprint
from ingest_api.partitions import Hour
from tracking_pipeline.lake.hours import in_hours
from tracking_pipeline.lake.load import loaded_paths
from tracking_pipeline.lake.schema import statement

OVERDUE_AFTER_NS = 60_000_000_000
TOP_EVENTS = 8


@dataclass(frozen=True, slots=True)
class Account:
    """One loaded hour: received = stored + duplicate + rejected + set_aside, in rows."""

    hour: Hour
    received: int = 0
    stored: int = 0
    duplicate: int = 0
    rejected: int = 0
    set_aside: int = 0
    files: int = 0

    @property
    def residual(self) -> int:
        """Rows that are missing (positive) or too many (negative); 0 in a sound hour."""
        return self.received - self.stored - self.duplicate - self.rejected - self.set_aside


@dataclass(frozen=True, slots=True)
class HourState:
    """An hour as checked after a load; ``fingerprint`` only if every file of the listing is loaded.

    ``overdue`` are files that are not loaded although they were published over a minute ago: in a live hour there is
    always one that has just come. ``bytes`` of its loaded files; ``slowest_load_s``: from publication to the lake.
    """

    account: Account
    listed: int
    not_loaded: tuple[str, ...]
    overdue: tuple[str, ...]
    doubled: int
    winnerless: int
    fingerprint: str | None
    bytes: int = 0
    slowest_load_s: float = 0.0
    top_events: tuple[tuple[str, int], ...] = ()

    @property
    def adds_up(self) -> bool:
        """The sum holds."""
        return self.account.residual == 0

    @property
    def unique(self) -> bool:
        """No message twice in events, no duplicate without its message."""
        return self.doubled == 0 and self.winnerless == 0


def accounts(connection: duckdb.DuckDBPyConnection, first: Hour, last: Hour) -> list[Account]:
    """Return the accounts of all loaded hours from ``first`` to ``last``, oldest first."""
    rows = connection.execute(statement("accounts"), {"first": first.date, "last": last.date}).fetchall()
    found = [Account(Hour(date, hour), *(int(n) for n in counts)) for date, hour, *counts in rows]
    return [account for account in found if first <= account.hour <= last]


def hour_states(
    connection: duckdb.DuckDBPyConnection, landing: Landing, hours: Iterable[Hour]
) -> dict[Hour, HourState]:
    """Check hours against the lake as it is now. The landing zone is listed before the ledger is read."""
    wanted = sorted(set(hours))
    listed = {hour: landing.files(hour) for hour in wanted}
    loaded = loaded_paths(connection, wanted)
    found = _accounts_of(connection, wanted)
    doubled, winnerless = (_by_hour(connection, statement(name), wanted) for name in ("doubled", "winnerless"))
    sizes, top_events = (_by_hour(connection, statement(name), wanted) for name in ("load_sizes", "top_events"))
    due_ns = time.time_ns() - OVERDUE_AFTER_NS
    states: dict[Hour, HourState] = {}
    for hour in wanted:
        missing = [file for file in listed[hour] if file.path not in loaded]
        [(size, slowest_s)] = sizes.get(hour, [(0, 0.0)])
        states[hour] = HourState(
            found.get(hour, Account(hour)),
            len(listed[hour]),
            tuple(file.path for file in missing),
            tuple(file.path for file in missing if file.published_ns < due_ns),
            sum(count for (count,) in doubled.get(hour, [])),
            sum(count for (count,) in winnerless.get(hour, [])),
            None if missing else fingerprint(file.path for file in listed[hour]),
            int(size),
            round(float(slowest_s), 3),
            tuple((str(name)[:60], int(count)) for name, count in top_events.get(hour, [])),
        )
    return states


def _accounts_of(connection: duckdb.DuckDBPyConnection, wanted: list[Hour]) -> dict[Hour, Account]:
    """Return the accounts of hours, a day at a time: days between them are not read."""
    found: dict[Hour, Account] = {}
    for date in {hour.date for hour in wanted}:
        found |= {account.hour: account for account in accounts(connection, Hour(date, 0), Hour(date, 23))}
    return found


def _by_hour(connection: duckdb.DuckDBPyConnection, sql: str, wanted: list[Hour]) -> dict[Hour, list[tuple[Any, ...]]]:
    """Run a statement over hours; return its rows, in their order, by their hour."""
    rows = connection.execute(sql.replace("{in hours}", in_hours(wanted)).replace("{top}", str(TOP_EVENTS))).fetchall()
    found: dict[Hour, list[tuple[Any, ...]]] = {}
    for date, hour, *values in rows:
        found.setdefault(Hour(date, hour), []).append(tuple(values))
    return found
