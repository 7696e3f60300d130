"""What became of stored events, per hour, destination and source, and whether it adds up. Read only."""

import datetime as dt
from dataclasses import dataclass, fields

import duckdb

from ingest_api.settings import Settings
from tracking_pipeline.delivery import health
from tracking_pipeline.delivery import state as states
from tracking_pipeline.delivery.backlog import EXPIRES_SOON
from tracking_pipeline.delivery.ledger import statement
from tracking_pipeline.delivery.targets import targets

WINDOW = dt.timedelta(hours=80)  # longer than an event can still be sent: what is older does not change by itself
MOVED = dt.timedelta(days=7)  # a row moves to the hour of a copy that was received earlier; loads are not that late
STUCK = dt.timedelta(hours=1)  # no run takes that long, and the next one closes what a dead one left


@dataclass(frozen=True, slots=True)
class DeliveryAccount:
    """One row of the view ``delivery_accounts``, in events."""

    date: dt.date
    hour: int
    destination: str
    source: str
    stored: int
    sent: int
    pending: int
    uncertain: int
    expired: int
    dead: int
    suppressed: int
    residual: int

    @property
    def adds_up(self) -> bool:
        """Tell whether the sum holds."""
        return self.residual == 0


TERMS = tuple(field.name for field in fields(DeliveryAccount) if field.name not in ("date", "hour", "source"))[1:]


@dataclass(frozen=True, slots=True)
class Lateness:
    """Events of a destination that expire within 12 hours, and leases that nobody closed."""

    destination: str
    expiring: int
    stuck: int


def delivery_accounts(connection: duckdb.DuckDBPyConnection, now: dt.datetime) -> list[DeliveryAccount]:
    """Return the accounts of the last 80 hours, oldest first; ``now`` is naive UTC."""
    names = ", ".join(field.name for field in fields(DeliveryAccount))
    query = f"select {names} from delivery_accounts where date >= $first order by date, hour, destination, source"
    rows = connection.execute(query, {"first": (now - WINDOW).date()}).fetchall()
    return [DeliveryAccount(*row) for row in rows]


def lateness(connection: duckdb.DuckDBPyConnection, now: dt.datetime) -> list[Lateness]:
    """Return what is late, per destination."""
    query = """
        select
          destination,
          count(*) filter (where state in ('unsent', 'retry') and expires_at < $soon),
          count(*) filter (where state = 'leased' and recorded_at < $stuck)
        from delivery_status
        where date >= $first
        group by destination
        order by destination
    """
    parameters = {"soon": now + EXPIRES_SOON, "stuck": now - STUCK, "first": (now - WINDOW).date()}
    return [Lateness(*row) for row in connection.execute(query, parameters).fetchall()]


def strays(connection: duckdb.DuckDBPyConnection, now: dt.datetime) -> int:
    """Count the events that the ledger of the last 80 hours knows and the lake does not store."""
    first = (now - WINDOW).date()
    row = connection.execute(statement("strays"), {"first": first, "first_event": first - MOVED}).fetchone()
    return int(row[0]) if row else 0


def totals(accounts: list[DeliveryAccount]) -> dict[str, int]:
    """Add up accounts, term by term."""
    return {term: sum(getattr(account, term) for account in accounts) for term in TERMS}


def stopped(settings: Settings) -> dict[str, int]:
    """Return the destinations that rejected so many requests in a row that sending has stopped, and how many."""
    found = {name: states.load(settings, name) for name in targets(settings)}
    return {
        name: state.health.rejections for name, state in found.items() if state and health.rejects_all(state.health)
    }
