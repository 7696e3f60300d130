"""Closing what a dead sender left open, before anything new is planned.

A lease whose request was never journalled is unsent; one journalled without an outcome is uncertain; a journal that
is gone or damaged proves nothing, so its leases are uncertain. A catalog restored from a backup has forgotten
leases and outcomes: then every journal is read, and what they say is entered again.
"""

import datetime as dt
import logging
from collections.abc import Iterable
from pathlib import Path

import duckdb

from ingest_api.disk import Disk
from ingest_api.settings import Settings
from tracking_pipeline.delivery import journal as journals
from tracking_pipeline.delivery.journal import Contents, Sent
from tracking_pipeline.delivery.ledger import LedgerRow, statement
from tracking_pipeline.delivery.state import DESTINATION, State, journal_dir

log = logging.getLogger(__name__)

KEEP_JOURNALS_S = 80 * 3600  # longer than an event can still be sent


def needs_recovery(connection: duckdb.DuckDBPyConnection, state: State | None) -> bool:
    """Tell whether the last run died, or its last transaction is no longer in the ledger."""
    if state is None or not state.clean:
        return True
    return state.last_load_id is not None and not _has_transaction(connection, state)


def is_known(connection: duckdb.DuckDBPyConnection, state: State) -> bool:
    """Tell whether the sender's last transaction is in the ledger: then so is all that it relied on."""
    return state.last_load_id is not None and _has_transaction(connection, state)


def rows_to_close(connection: duckdb.DuckDBPyConnection, settings: Settings, state: State | None) -> list[LedgerRow]:
    """Return the rows that close every open lease; with a restored catalog also what only journals know."""
    leases = connection.execute(statement("open_leases"), {"destination": DESTINATION}).fetchall()
    forgot = state is None or (state.last_load_id is not None and not _has_transaction(connection, state))
    names = _all_journals(settings) if forgot else {str(lease[3]) for lease in leases}
    found = {name: contents for name in sorted(names) if (contents := _read(settings, name))}
    rows = _journalled(connection, found) if forgot else {}
    by_attempt = {sent.attempt_id: sent for contents in found.values() for sent in contents.requests}
    for event_id, attempt_id, request_id, name, date, hour in leases:
        key = (event_id, date, hour)
        sent = by_attempt.get(attempt_id)
        if sent and event_id in {known for known, _, _ in sent.events}:  # what expired since the lease never left
            rows.setdefault(event_id, _closing(key, sent))
        elif name not in found or found[name].damaged:
            reason = "journal_damaged" if name in found else "journal_missing"
            rows.setdefault(event_id, LedgerRow(*key, "uncertain", attempt_id, request_id, reason=reason))
        else:
            rows.setdefault(event_id, LedgerRow(*key, "unsent", attempt_id, request_id, reason="never_left"))
    return list(rows.values())


def remove_old_journals(settings: Settings, now: float, disk: Disk | None = None) -> int:
    """Delete journals older than 80 h; the caller has committed the outcomes of all of them. Returns how many."""
    disk = disk or Disk()
    folder = journal_dir(settings)
    old = [p for p in _files(folder) if now - p.stat().st_mtime > KEEP_JOURNALS_S]
    for path in old:
        disk.unlink(path)
    if old:
        disk.sync_dir(folder)
    return len(old)


def _journalled(connection: duckdb.DuckDBPyConnection, found: dict[str, Contents]) -> dict[str, LedgerRow]:
    """The newest journalled attempt of each event, unless the ledger already has its outcome."""
    newest = {key[0]: (key, sent) for contents in found.values() for sent in contents.requests for key in sent.events}
    if not newest:
        return {}
    from_date = min(dt.date.fromisoformat(key[1]) for key, _ in newest.values())
    parameters = {"destination": DESTINATION, "from_date": from_date}
    closed = {row[0] for row in connection.execute(statement("closed_attempts"), parameters).fetchall()}
    return {event_id: _closing(key, sent) for event_id, (key, sent) in newest.items() if sent.attempt_id not in closed}


def _closing(key: tuple[str, str, int], sent: Sent) -> LedgerRow:
    state, reason = (sent.state, sent.reason) if sent.state else ("uncertain", "no_outcome")
    return LedgerRow(*key, state, sent.attempt_id, sent.request_id, sent.http_status, reason)


def _has_transaction(connection: duckdb.DuckDBPyConnection, state: State) -> bool:
    parameters = {
        "destination": DESTINATION,
        "load_id": state.last_load_id,
        "recorded_at": dt.datetime.fromisoformat(state.last_recorded_at or "1970-01-01"),
    }
    row = connection.execute(statement("has_transaction"), parameters).fetchone()
    return bool(row and row[0])


def _read(settings: Settings, name: str) -> Contents | None:
    try:
        contents = journals.read(journal_dir(settings) / name)
    except OSError as error:
        log.error("send journal unreadable name=%s errno=%s", name, error.errno)
        return None
    if contents.damaged:
        log.error("send journal damaged name=%s", name)
    return contents


def _all_journals(settings: Settings) -> set[str]:
    return {path.name for path in _files(journal_dir(settings))}


def _files(folder: Path) -> Iterable[Path]:
    return folder.glob(f"*{journals.SUFFIX}") if folder.is_dir() else ()
