"""Which events a destination is for: those received since it was turned on, or since its property changed."""

import datetime as dt

import duckdb

from ingest_api.settings import Settings
from tracking_pipeline.delivery.state import DESTINATION
from tracking_pipeline.lake.writer import transaction, writer_lock


def ensure_destination(connection: duckdb.DuckDBPyConnection, settings: Settings, at: dt.datetime) -> None:
    """Make GA4's row, or start it anew at ``at`` (naive UTC) when it feeds another property now; else do nothing.

    Takes the writer lock, so the caller must not hold it. Call it once at install, before the first event: only
    events received from then on are sent.
    """
    if _target(connection) == settings.ga4.identity:
        return
    with writer_lock(settings), transaction(connection, settings, announces=False):
        declare_destination(connection, settings, at)


def declare_destination(connection: duckdb.DuckDBPyConnection, settings: Settings, at: dt.datetime) -> None:
    """Do the same inside a transaction of the caller's."""
    if _target(connection) == settings.ga4.identity:
        return
    connection.execute("delete from destinations where destination = $name", {"name": DESTINATION}).fetchall()
    values = {"name": DESTINATION, "target": settings.ga4.identity, "since": at}
    insert = "insert into destinations (destination, target, since) values ($name, $target, $since)"
    connection.execute(insert, values).fetchall()


def since(connection: duckdb.DuckDBPyConnection) -> dt.datetime:
    """Return the instant (naive UTC) from which received events are for GA4. LookupError before it is declared."""
    query = "select since from destinations where destination = $name"
    row = connection.execute(query, {"name": DESTINATION}).fetchone()
    if row is None:
        raise LookupError(f"destination {DESTINATION} is not declared")
    at: dt.datetime = row[0]
    return at


def _target(connection: duckdb.DuckDBPyConnection) -> str | None:
    query = "select target from destinations where destination = $name"
    row = connection.execute(query, {"name": DESTINATION}).fetchone()
    return str(row[0]) if row else None
