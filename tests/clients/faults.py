"""A door in front of a real collector that spoils the first try of every message, and counts the tries.

An SDK is pointed at the door instead of the collector. What passes, passes unchanged in both directions.
"""

import contextlib
import gzip
import http.client
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from ingest_api import answers

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}
RETRY_AFTER_S = answers.RETRY_AFTER_S["rate_limited"]
# What the collector itself would say, and whether it says it for ever.
INJECTED = {
    "500": answers.error("internal_error", "injected"),
    "429": answers.error("rate_limited", "injected"),
    "413": answers.error("too_large", "injected"),
    "revoked": answers.error("unknown_write_key", "injected"),
}
FOR_EVER = {"413", "revoked"}
DROPPED = "dropped"  # the collector stores the body, the client hears nothing
FAULTS = ("none", "500", "429", DROPPED, "413", "401", "revoked")  # 401 is the collector's own: a key unknown to it


@dataclass
class Tries:
    """Each message's tries at a door: when, and what was answered (0: the connection was dropped)."""

    at: dict[str, list[float]] = field(default_factory=dict)
    answers: dict[str, list[int]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, messages: list[str]) -> bool:
        """Note a try; tell whether it is the first of any of these messages."""
        with self.lock:
            first = any(message not in self.at for message in messages)
            for message in messages:
                self.at.setdefault(message, []).append(time.monotonic())
            return first

    def end(self, messages: list[str], status: int) -> None:
        """Note what was answered."""
        with self.lock:
            for message in messages:
                self.answers.setdefault(message, []).append(status)

    def counts(self) -> Counter[tuple[int, ...]]:
        """Count messages by what they were answered, try by try."""
        with self.lock:
            return Counter(tuple(statuses) for statuses in self.answers.values())

    def ended(self, last: int) -> int:
        """Count the messages whose last answer was this one."""
        return sum(number for statuses, number in self.counts().items() if statuses[-1] == last)

    def waits_s(self) -> list[float]:
        """Return, for each message that was tried again, how long its client waited."""
        with self.lock:
            return [times[1] - times[0] for times in self.at.values() if len(times) > 1]


class Door(ThreadingHTTPServer):
    """One address with one fault."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, collector_url: str, fault: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.collector = urlsplit(collector_url).netloc
        self.fault = fault
        self.tries = Tries()
        self.asked_for_settings = threading.Event()

    @property
    def url(self) -> str:
        """Base URL that a client is given."""
        return f"http://127.0.0.1:{self.server_port}"


@contextlib.contextmanager
def doors(collector_url: str, names: list[str]) -> Iterator[dict[str, Door]]:
    """Open a door for each ``sdk-fault`` until the block ends."""
    made = {name: Door(collector_url, name.rpartition("-")[2]) for name in names}
    for door in made.values():
        threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.05}).start()
    try:
        yield made
    finally:
        for door in made.values():
            door.shutdown()
            door.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Door

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        messages = _messages(body)
        first, fault = self.server.tries.begin(messages), self.server.fault
        if fault in INJECTED and (first or fault in FOR_EVER):
            self.server.tries.end(messages, self._inject(fault))
        elif fault == DROPPED and first:
            self._forward(body)
            self.server.tries.end(messages, 0)
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self.server.tries.end(messages, self._answer(*self._forward(body)))

    def do_GET(self) -> None:
        self._answer(*self._forward(b""))
        self.server.asked_for_settings.set()

    def do_OPTIONS(self) -> None:
        self._answer(*self._forward(b""))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.server.collector, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        connection.request(self.command, self.path, body or None, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, answer.getheaders(), data

    def _inject(self, fault: str) -> int:
        answer = INJECTED[fault]
        headers = dict(answer.headers)
        if "Origin" in self.headers:
            headers |= {"Access-Control-Allow-Origin": self.headers["Origin"]}
            headers |= {"Access-Control-Expose-Headers": "Retry-After"}
        return self._answer(answer.status, list(headers.items()), answer.body)

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> int:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return status


def _messages(body: bytes) -> list[str]:
    plain = json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
    calls: list[Mapping[str, str]] = plain.get("batch", [plain])
    return [call["messageId"] for call in calls]
