"""Where receipts are kept: one SQLite file, private to its owner.

Used by ``app.py`` from several threads of one process. Writes take turns on one connection; each read opens its
own, so that a person who looks never delays a request. Nothing is ever deleted: remove the folder to start anew.
"""

import contextlib
import datetime as dt
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from tracking_pipeline.standin.receipt import Kept, Receipt, Refused

PRIVATE_FILE = 0o600  # SQLite gives its -wal and -shm files the same
PRIVATE_DIR = 0o700
BUSY_TIMEOUT_S = 5.0

_EVENTS = """
select name, params, client_id, user_id, timestamp_micros, received_at, measurement_id,
    request_id, position, user_properties, consent, device, user_location, problems
from events join requests using (request_id)
order by event_number desc
limit ?
"""
_PROBLEMS = """
select name, params, client_id, user_id, received_at, measurement_id,
    request_id, position, user_properties, consent, device, user_location, problems
from problems join requests using (request_id)
order by problem_number desc
limit ?
"""
_COUNTS = "select name, events from counts order by events desc, name"
# The clients of the newest requests, each once: a bounded look, whatever is stored.
_CLIENTS = """
select client_id, max(user_id) as user_id, max(received_at) as received_at, count(*) as requests
from (select client_id, user_id, received_at from requests order by request_id desc limit 500)
where client_id <> ''
group by client_id
order by max(received_at) desc
limit ?
"""
_JSON_COLUMNS = frozenset({"params", "problems", "user_properties", "consent", "device", "user_location"})
_OF_CLIENT = "order by request_id desc, position desc"


class Store:
    """The stand-in's memory. Every method raises sqlite3.Error when it could not do its work."""

    def __init__(self, path: Path, connect: Callable[[Path], sqlite3.Connection] | None = None) -> None:
        """``connect`` opens what is read with; a test counts there what a look costs."""
        self._path = path
        self._connect = connect or _connect
        _make_private(path.parent)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, PRIVATE_FILE))
        self._lock = threading.Lock()
        self._writer = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        self._writer.execute("pragma journal_mode = wal")
        self._writer.execute("pragma synchronous = full")
        _add_columns(self._writer)
        self._writer.executescript((resources.files(__package__) / "schema.sql").read_text())

    def record(self, receipt: Receipt) -> int:
        """Keep a request and all of its events in one transaction; durable on return.

        Returns the request's sequence number. Nothing of it is kept when this raises.
        """
        with self._lock, _transaction(self._writer) as writer:
            cursor = writer.execute(
                "insert into requests (received_at, measurement_id, client_id, user_id, user_properties, consent,"
                " device, user_location) values (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    receipt.received_at,
                    receipt.measurement_id,
                    receipt.client_id,
                    receipt.user_id,
                    _text(receipt.user_properties),
                    _text(receipt.consent),
                    _text(receipt.device),
                    _text(receipt.user_location),
                ),
            )
            request_id = int(cursor.lastrowid or 0)
            _insert_events(writer, request_id, receipt.kept)
            _insert_problems(writer, request_id, receipt.refused)
        return request_id

    def events(self, limit: int | None = None, name: str | None = None) -> list[dict[str, Any]]:
        """Return the kept events (of one name), newest first; all of them without a limit."""
        return self._named(_EVENTS, limit, name)

    def problems(self, limit: int | None = None, name: str | None = None) -> list[dict[str, Any]]:
        """Return the refused events (of one name), newest first; all of them without a limit."""
        return self._named(_PROBLEMS, limit, name)

    def clients(self, limit: int) -> list[dict[str, Any]]:
        """Return the clients seen last, newest first."""
        return self._rows(_CLIENTS, limit)

    def of_client(self, client_id: str, limit: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return what one client sent last, newest first: kept events, and refused ones."""
        return self._rows(_of_client(_EVENTS), limit, client_id), self._rows(_of_client(_PROBLEMS), limit, client_id)

    def counts(self) -> list[tuple[str, int]]:
        """Return how many events of each name are kept, the most frequent first."""
        with self._reader() as reader:
            return reader.execute(_COUNTS).fetchall()

    def close(self) -> None:
        """Close the file; what is recorded stays."""
        self._writer.close()

    def _named(self, query: str, limit: int | None, name: str | None) -> list[dict[str, Any]]:
        if name is None:
            return self._rows(query, limit)
        return self._rows(
            query.replace("order by", "where name = ?1\norder by").replace("limit ?", "limit ?2"), limit, name
        )

    def _rows(self, query: str, limit: int | None, *values: str) -> list[dict[str, Any]]:
        with self._reader() as reader:
            reader.row_factory = sqlite3.Row
            return [_readable(row) for row in reader.execute(query, (*values, -1 if limit is None else limit))]

    def _reader(self) -> contextlib.closing[sqlite3.Connection]:
        return contextlib.closing(self._connect(self._path))


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)


def _add_columns(writer: sqlite3.Connection) -> None:
    """Give a store that an older version made the columns that it lacks."""
    found = {row[1] for row in writer.execute("pragma table_info(requests)")}
    for column in ("device", "user_location"):
        if found and column not in found:
            writer.execute(f"alter table requests add column {column} text not null default '{{}}'")


def _of_client(query: str) -> str:
    """Narrow a query to one client's newest requests: a bounded look, however many it sent."""
    before, _, _ = query.partition("order by")
    newest = "(select * from requests where client_id = ?1 order by request_id desc limit ?2) as requests"
    return f"{before.replace('join requests', f'join {newest}')}{_OF_CLIENT}\nlimit ?2"


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("begin immediate")
    try:
        yield connection
        connection.execute("commit")
    finally:
        if connection.in_transaction:
            connection.execute("rollback")


def _insert_events(writer: sqlite3.Connection, request_id: int, kept: list[Kept]) -> None:
    writer.executemany(
        "insert into events (request_id, position, name, params, timestamp_micros, problems) values (?, ?, ?, ?, ?, ?)",
        [
            (request_id, each.position, each.name, _text(each.params), each.timestamp_micros, _text(each.problems))
            for each in kept
        ],
    )


def _insert_problems(writer: sqlite3.Connection, request_id: int, refused: list[Refused]) -> None:
    writer.executemany(
        "insert into problems (request_id, position, name, params, problems) values (?, ?, ?, ?, ?)",
        [(request_id, each.position, each.name, _text(each.params), _text(each.problems)) for each in refused],
    )


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _readable(row: sqlite3.Row) -> dict[str, Any]:
    found = dict(row)
    for name in found.keys() & _JSON_COLUMNS:
        found[name] = json.loads(found[name])
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    received_at = epoch + dt.timedelta(microseconds=found["received_at"])
    found["received_at"] = received_at.isoformat(timespec="microseconds")
    return found


def _make_private(folder: Path) -> None:
    for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        missing.mkdir(mode=PRIVATE_DIR, exist_ok=True)
    folder.chmod(PRIVATE_DIR)
