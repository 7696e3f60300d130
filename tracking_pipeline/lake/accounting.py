"""The sums that must hold, per hour, and what an hour's checks say. Read only."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from ingest_api.landing import Landing, fingerprint
from ingest_api.partitions import Hour
from tracking_pipeline.lake.load import loaded_paths
from tracking_pipeline.lake.schema import statement

OVERDUE_AFTER_NS = 60_000_000_000


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
    always one that has just come.
    """

    account: Account
    listed: int
    not_loaded: tuple[str, ...]
    overdue: tuple[str, ...]
    doubled: int
    winnerless: int
    fingerprint: str | None

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
    states: dict[Hour, HourState] = {}
    for hour in sorted(set(hours)):
        files = landing.files(hour)
        loaded = loaded_paths(connection, [hour])
        missing = [file for file in files if file.path not in loaded]
        due_ns = time.time_ns() - OVERDUE_AFTER_NS
        account = next(iter(accounts(connection, hour, hour)), Account(hour))
        states[hour] = HourState(
            account,
            len(files),
            tuple(file.path for file in missing),
            tuple(file.path for file in missing if file.published_ns < due_ns),
            _count(connection, "doubled", hour),
            _count(connection, "winnerless", hour),
            None if missing else fingerprint(file.path for file in files),
        )
    return states


def _count(connection: duckdb.DuckDBPyConnection, name: str, hour: Hour) -> int:
    row = connection.execute(statement(name), {"date": hour.date, "hour": hour.hour}).fetchone()
    return int(row[0]) if row else 0
