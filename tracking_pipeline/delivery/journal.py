"""The send journal of one run: what left, and what came back. The sender writes it; recovery reads it.

One JSON line each, ``{"crc":"<8 hex>","entry":{…}}``. A ``request`` line is on disk before a byte of it leaves;
an ``outcome`` line follows the answer. So after a crash a request without a line never left, and one without
an outcome may have.
"""

import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ingest_api.disk import PRIVATE_FILE, Disk
from tracking_pipeline.delivery.outcomes import OutcomeState

SUFFIX = ".ndjson"
_HEAD = b'{"crc":"%08x","entry":'
_HEAD_BYTES = len(_HEAD % 0)

EventKey = tuple[str, str, int]  # event_id, date (ISO), hour


@dataclass(frozen=True, slots=True)
class Sent:
    """A journalled request: its events, and its outcome if that was noted."""

    request_id: str
    attempt_id: str
    events: tuple[EventKey, ...]
    state: OutcomeState | None = None
    http_status: int | None = None
    reason: str | None = None
    resend: frozenset[str] = frozenset()  # its events that are sent again when the outcome is unknown


@dataclass(frozen=True, slots=True)
class Contents:
    """What a journal says. ``damaged``: a line before its tail is unreadable, so silence proves nothing."""

    requests: tuple[Sent, ...]
    damaged: bool


class Journal:
    """An open journal; made durable (file and folder) before the constructor returns."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self.name = path.name
        disk = disk or Disk()
        disk.make_dirs(path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._fd = os.open(path, flags, PRIVATE_FILE)
        self._append({"kind": "open"})
        os.fsync(self._fd)
        disk.sync_dir(path.parent)

    def request(self, request_id: str, attempt_id: str, events: list[EventKey], resend: Sequence[str] = ()) -> None:
        """Record that a request is about to leave; durable on return. Raises OSError: then it must not leave.

        ``resend``: the ids of its events that may be sent twice.
        """
        entry = {"kind": "request", "request_id": request_id, "attempt_id": attempt_id, "events": events}
        self._append(entry | ({"resend": list(resend)} if resend else {}))
        os.fdatasync(self._fd)

    def outcome(self, attempt_id: str, state: str, http_status: int | None, reason: str | None) -> None:
        """Record a request's outcome; survives a kill at once, a power cut after the next request line."""
        entry = {"kind": "outcome", "attempt_id": attempt_id, "state": state}
        self._append(entry | {"http_status": http_status, "reason": reason})

    def close(self) -> None:
        """Close the file; it is never opened for writing again."""
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, entry: dict[str, Any]) -> None:
        line = encode_line(entry)
        if os.write(self._fd, line) != len(line):
            raise OSError("short write to the send journal")


def encode_line(entry: dict[str, Any]) -> bytes:
    """Return one line of a journal, its CRC-32 in front."""
    data = json.dumps(entry, separators=(",", ":")).encode()
    return _HEAD % zlib.crc32(data) + data + b"}\n"


def read(path: Path) -> Contents:
    """Read a journal back: whole lines up to a torn tail. Raises FileNotFoundError."""
    requests: dict[str, Sent] = {}
    damaged = False
    bad_before = False
    with path.open("rb") as lines:  # line by line: a journal of a long drain is large
        for line in lines:
            entry = _entry(line.rstrip(b"\n"))
            damaged |= bad_before and entry is not None
            bad_before |= entry is None
            if entry is not None:
                _apply(entry, requests)
    return Contents(tuple(requests.values()), damaged)


def _apply(entry: dict[str, Any], requests: dict[str, Sent]) -> None:
    attempt_id = entry.get("attempt_id", "")
    if entry["kind"] == "request":
        events = tuple((event_id, date, hour) for event_id, date, hour in entry["events"])
        requests[attempt_id] = Sent(entry["request_id"], attempt_id, events, resend=frozenset(entry.get("resend", ())))
    elif entry["kind"] == "outcome" and (sent := requests.get(attempt_id)):
        outcome = {name: entry[name] for name in ("state", "http_status", "reason")}
        requests[attempt_id] = replace(sent, **outcome)


def _entry(line: bytes) -> dict[str, Any] | None:
    data = line[_HEAD_BYTES:-1]
    if line[:_HEAD_BYTES] != _HEAD % zlib.crc32(data) or line[-1:] != b"}":
        return None
    entry = json.loads(data)
    return entry if isinstance(entry, dict) else None
