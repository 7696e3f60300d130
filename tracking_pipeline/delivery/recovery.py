"""Closing what a dead sender left open, before anything new is planned.

A lease whose request was never journalled is unsent; one journalled without an outcome is uncertain; a journal that
is gone or damaged proves nothing, so its leases are uncertain. A catalog restored from a backup has forgotten
leases and outcomes: then every journal is read, and what they say is entered again.
"""

import datetime as dt
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest_api.disk import Disk
from ingest_api.settings import Settings
from tracking_pipeline.delivery import health as healths
from tracking_pipeline.delivery import journal as journals
from tracking_pipeline.delivery.destination import Traits
from tracking_pipeline.delivery.journal import Contents, Sent
from tracking_pipeline.delivery.ledger import LedgerRow, statement
from tracking_pipeline.delivery.outcomes import Outcome
from tracking_pipeline.delivery.parcel import settled_state
from tracking_pipeline.delivery.state import Health, State, journal_dir

log = logging.getLogger(__name__)

KEEP_JOURNALS_S = 80 * 3600  # longer than an event can still be sent


@dataclass(frozen=True, slots=True)
class Recovery:
    """What the ledger, the journals and the sender's memory say of a destination's last run."""

    connection: duckdb.DuckDBPyConnection
    settings: Settings
    traits: Traits
    state: State | None

    def is_needed(self) -> bool:
        """Tell whether the last run died, or its last transaction is no longer in the ledger."""
        return self.state is None or not self.state.clean or self._forgot()

    def is_known(self) -> bool:
        """Tell whether the sender's last transaction is in the ledger: then so is all that it relied on."""
        return self.state is not None and self.state.last_load_id is not None and not self._forgot()

    def rows(self) -> list[LedgerRow]:
        """Return the rows that close every open lease; with a restored catalog also what only journals know."""
        leases = self.connection.execute(statement("open_leases"), {"destination": self.traits.name}).fetchall()
        forgot = self.state is None or self._forgot()
        names = self._all_journals() if forgot else {str(lease[3]) for lease in leases}
        found = {name: contents for name in sorted(names) if (contents := self._read(name))}
        rows = self._journalled(found) if forgot else {}
        by_attempt = {sent.attempt_id: sent for contents in found.values() for sent in contents.requests}
        for event_id, attempt_id, request_id, name, date, hour in leases:
            key = (event_id, date, hour)
            sent = by_attempt.get(attempt_id)
            if sent and event_id in {known for known, _, _ in sent.events}:  # what expired since the lease never left
                rows.setdefault(event_id, self._closing(key, sent))
            elif name not in found or found[name].damaged:
                reason = "journal_damaged" if name in found else "journal_missing"
                row = LedgerRow(*key, self.traits.unknown, attempt_id, request_id, reason=reason)
                rows.setdefault(event_id, row)
            else:
                rows.setdefault(event_id, LedgerRow(*key, "unsent", attempt_id, request_id, reason="never_left"))
        return list(rows.values())

    def health(self, before: Health) -> Health:
        """Return how the destination answered up to the end of the last journal.

        Of requests that were under way together each counts: rather one probe too many than events at risk.
        """
        names = sorted(self._all_journals())
        contents = self._read(names[-1]) if names else None
        for sent in contents.requests if contents else ():
            if sent.state:
                before = healths.after(before, Outcome(sent.state))
        return before

    def _journalled(self, found: dict[str, Contents]) -> dict[str, LedgerRow]:
        """The newest journalled attempt of each event, unless the ledger already has its outcome."""
        newest = {
            key[0]: (key, sent) for contents in found.values() for sent in contents.requests for key in sent.events
        }
        if not newest:
            return {}
        from_date = min(dt.date.fromisoformat(key[1]) for key, _ in newest.values())
        parameters = {"destination": self.traits.name, "from_date": from_date}
        closed = {row[0] for row in self.connection.execute(statement("closed_attempts"), parameters).fetchall()}
        return {
            event_id: self._closing(key, sent)
            for event_id, (key, sent) in newest.items()
            if sent.attempt_id not in closed
        }

    def _closing(self, key: tuple[str, str, int], sent: Sent) -> LedgerRow:
        state, reason = (sent.state, sent.reason) if sent.state else (self.traits.unknown, "no_outcome")
        settled = settled_state(state, resend=key[0] in sent.resend)
        return LedgerRow(*key, settled, sent.attempt_id, sent.request_id, sent.http_status, reason)

    def _forgot(self) -> bool:
        """Tell whether the ledger has lost the sender's last transaction: the catalog was restored."""
        if self.state is None or self.state.last_load_id is None:
            return False
        parameters = {
            "destination": self.traits.name,
            "load_id": self.state.last_load_id,
            "recorded_at": dt.datetime.fromisoformat(self.state.last_recorded_at or "1970-01-01"),
        }
        row = self.connection.execute(statement("has_transaction"), parameters).fetchone()
        return not (row and row[0])

    def _read(self, name: str) -> Contents | None:
        try:
            contents = journals.read(journal_dir(self.settings, self.traits.name) / name)
        except OSError as error:
            log.error("send journal unreadable name=%s errno=%s", name, error.errno)
            return None
        if contents.damaged:
            log.error("send journal damaged name=%s", name)
        return contents

    def _all_journals(self) -> set[str]:
        return {path.name for path in _files(journal_dir(self.settings, self.traits.name))}


def remove_old_journals(folder: Path, now: float, disk: Disk | None = None) -> int:
    """Delete journals older than 80 h; the caller has committed the outcomes of all of them. Returns how many."""
    disk = disk or Disk()
    old = [p for p in _files(folder) if now - p.stat().st_mtime > KEEP_JOURNALS_S]
    for path in old:
        disk.unlink(path)
    if old:
        disk.sync_dir(folder)
    return len(old)


def _files(folder: Path) -> Iterable[Path]:
    return folder.glob(f"*{journals.SUFFIX}") if folder.is_dir() else ()
