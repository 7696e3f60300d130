"""Which events a destination is for: those received since it was turned on, or since its property changed."""

import datetime as dt

import duckdb

from ingest_api.settings import Settings
from tracking_pipeline.delivery.state import GA4
from tracking_pipeline.delivery.targets import targets
from tracking_pipeline.lake.writer import transaction, writer_lock


def ensure_destinations(connection: duckdb.DuckDBPyConnection, settings: Settings, at: dt.datetime) -> None:
    """Make the row of each destination that is turned on; see ``ensure_destination``."""
    for name in targets(settings):
        ensure_destination(connection, settings, at, name)


def ensure_destination(
    connection: duckdb.DuckDBPyConnection, settings: Settings, at: dt.datetime, name: str = GA4
) -> None:
    """Make a destination's row, or start it anew at ``at`` (naive UTC) when it feeds another target now; else nothing.

    Takes the writer lock, so the caller must not hold it. Call it once at install, before the first event: only
    events received from then on are sent.
    """
    target = targets(settings)[name]
    if _target(connection, name) == target:
        return
    with writer_lock(settings), transaction(connection, settings, announces=False):
        connection.execute("delete from destinations where destination = $name", {"name": name}).fetchall()
        insert = "insert into destinations (destination, target, since) values ($name, $target, $since)"
        connection.execute(insert, {"name": name, "target": target, "since": at}).fetchall()


def since(connection: duckdb.DuckDBPyConnection, name: str = GA4) -> dt.datetime:
    """Return the instant (naive UTC) from which received events are for it. LookupError before it is declared."""
    row = connection.execute("select since from destinations where destination = $name", {"name": name}).fetchone()
    if row is None:
        raise LookupError(f"destination {name} is not declared")
    at: dt.datetime = row[0]
    return at


def _target(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    row = connection.execute("select target from destinations where destination = $name", {"name": name}).fetchone()
    return str(row[0]) if row else None
