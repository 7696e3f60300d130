"""Sending again on purpose: an operator turns events that came to an end without arriving back into unsent ones.

Asked for by ``tracking replay`` alone. An event that may have arrived (``uncertain``) can then be counted twice, so
this never happens by itself. What is older than a destination takes stays where it is: no time is ever made up.
"""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from ingest_api.disk import Disk, locked
from ingest_api.settings import Settings
from tracking_pipeline.delivery import state as states
from tracking_pipeline.delivery.clock import Clock
from tracking_pipeline.delivery.ledger import statement
from tracking_pipeline.delivery.state import GA4
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.changed import mark_changed
from tracking_pipeline.lake.writer import transaction, writer_lock

log = logging.getLogger(__name__)

ENDED = ("uncertain", "dead", "suppressed", "expired")  # states from which nothing leaves by itself


@dataclass(frozen=True, slots=True)
class Choice:
    """Which events: every condition that is given must hold. Instants of receipt are naive UTC, ``last`` excluded."""

    destination: str = GA4
    states: tuple[str, ...] = ("uncertain", "dead")
    reason: str | None = None
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    ids: tuple[str, ...] = ()  # message ids or event ids


@dataclass(frozen=True, slots=True)
class Found:
    """Chosen events of one state and reason; ``too_old`` of them stay."""

    state: str
    reason: str | None
    http_status: int | None
    events: int
    too_old: int


def preview(settings: Settings, choice: Choice, clock: Clock | None = None) -> list[Found]:
    """Return what a replay would take, most events first; changes nothing."""
    with attach.opened(settings, read_only=True) as connection:
        return _choose(connection, choice, clock or Clock())


def replay(settings: Settings, choice: Choice, clock: Clock | None = None) -> list[Found]:
    """Make the chosen events unsent, in one transaction; return what it took. The next delivery run sends them.

    Waits for a sender that is at work (about a minute at most). The sender's memory is told first, so that it looks
    at everything again even when this process dies in between.
    """
    clock = clock or Clock()
    Disk().make_dirs(settings.delivery_dir)
    with locked(states.lock_path(settings, choice.destination)), attach.opened(settings) as connection:
        found = _choose(connection, choice, clock)
        count = sum(each.events - each.too_old for each in found)
        if count:
            _forget(settings, choice.destination, count)
            _append(connection, settings, choice.destination, clock)
            log.info("replayed destination=%s events=%s", choice.destination, count)
    return found


def _choose(connection: duckdb.DuckDBPyConnection, choice: Choice, clock: Clock) -> list[Found]:
    parameters: dict[str, Any] = {
        "destination": choice.destination,
        "states": list(choice.states),
        "reason": choice.reason,
        "first": choice.first,
        "last": choice.last,
        "ids": list(choice.ids) or None,
        "now": clock.utc(),
    }
    connection.execute(statement("replayable"), parameters).fetchall()
    rows: Sequence[tuple[Any, ...]] = connection.execute(
        "select state, reason, http_status, count(*), count(*) filter (where is_too_old) from replayable"
        " group by all order by count(*) desc, state, reason"
    ).fetchall()
    return [Found(*row) for row in rows]


def _forget(settings: Settings, destination: str, count: int) -> None:
    """Take the watermark back, and any wait: an operator has mended what was wrong."""
    state = states.load(settings, destination)
    if state is not None:
        told = replace(state, settled_load_id=0, pending=state.pending + count, wake_at=0.0)
        states.save(settings, told, destination)


def _append(connection: duckdb.DuckDBPyConnection, settings: Settings, destination: str, clock: Clock) -> None:
    with writer_lock(settings), transaction(connection, settings, announces=False) as load_id:
        parameters = {"destination": destination, "recorded_at": clock.utc(), "load_id": load_id}
        connection.execute(statement("replay"), parameters).fetchall()
    mark_changed(settings)
