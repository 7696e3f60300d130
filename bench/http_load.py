"""A bounded load of HTTP requests in its own process: ``python -m bench.http_load PORT --seconds 5``.

Each connection sends a request, waits for its answer, sends the next; with ``--rate`` requests leave on a clock of
their own instead, and a late answer counts from when its request was due. Prints one line of JSON: requests, errors,
seconds, and the answer times p50 and p99 in ms. Raw sockets and epoll: one core of it outruns a server's worker.
"""

import argparse
import json
import re
import selectors
import socket
import statistics
import time
import uuid
from collections import deque
from dataclasses import dataclass

HEAD = (
    "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Write-Key: demo\r\nContent-Type: text/plain\r\n"
    "Origin: https://shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0\r\n"
    "Cookie: _tid=8c6a5a0e-5d5c-4b3a-9a60-6d9f5b0d1c11\r\nContent-Length: %d\r\n\r\n"
)
SAMPLES = 200_000  # answer times that are kept


def _body() -> str:
    """Build an event as analytics-next sends it, about 700 bytes; ``%08d`` stands for its number."""
    context = {
        "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36",
        "locale": "en-GB",
        "library": {"name": "analytics.js", "version": "npm:next-1.84.3"},
        "page": {"url": "https://shop.example/swap?fromToken=ETH", "path": "/swap", "title": "Swap", "referrer": ""},
    }
    call = {
        "type": "track",
        "event": "swap_started",
        "messageId": f"ajs-next-{uuid.uuid4().hex[:20]}-%08d",
        "anonymousId": "5f0f6a6c-0d5c-4f4e-9d2e-9b8a7c6d5e4f",
        "timestamp": "2026-11-25T10:00:00.123Z",
        "sentAt": "2026-11-25T10:00:00.125Z",
        "properties": {"fromToken": "ETH", "toToken": "USDC", "amount": "1000000000000000001", "chain": 1},
        "context": context,
    }
    return json.dumps(call)


BODY = _body()
REQUEST = HEAD % ("/v1/track", len(BODY % 0)) + BODY


def event(number: int) -> bytes:
    """Build one request of one event."""
    return (REQUEST % number).encode()


def batch(number: int, events: int) -> bytes:
    """Build one request of several events."""
    body = '{"batch":[' + ",".join(BODY % (number * events + i) for i in range(events)) + "]}"
    return (HEAD % ("/v1/batch", len(body)) + body).encode()


@dataclass(frozen=True)
class Load:
    """What to send: until ``seconds`` are over or ``requests`` are answered, whichever comes first."""

    port: int
    seconds: float = 5.0
    connections: int = 32
    events: int = 1
    rate: float = 0.0
    requests: int = 1 << 60

    def request(self, number: int) -> bytes:
        """Build a request."""
        return event(number) if self.events == 1 else batch(number, self.events)


class Connection:
    """One connection: sends a request and waits for the whole answer."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self._answer = b""

    def send(self, request: bytes, due: float) -> None:
        """Send a request; its answer time counts from ``due``."""
        self.due = due
        self.socket.sendall(request)

    def answered(self) -> bool | None:
        """Read what came; True for a whole answer of 200, False for another one, None for half of one."""
        data = self.socket.recv(65536)
        self._answer += data
        head, _, body = self._answer.partition(b"\r\n\r\n")
        if data and len(body) < _length(head):
            return None
        is_ok = self._answer.startswith(b"HTTP/1.1 200") and bool(data)
        self._answer = b""
        return is_ok


class Run:
    """One load under way."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.sent = self.requests = self.errors = 0
        self.took: deque[float] = deque(maxlen=SAMPLES)
        self.poll = selectors.DefaultSelector()
        self.idle = [Connection(load.port) for _ in range(load.connections)]
        for connection in self.idle:
            self.poll.register(connection.socket, selectors.EVENT_READ, connection)
        self.started = time.monotonic()

    def whole(self) -> dict[str, float]:
        """Send until it is over; an answer that is not 200 or a broken connection is an error."""
        while self.requests < self.load.requests and (now := time.monotonic()) - self.started < self.load.seconds:
            self._send_due(now)
            wait = 1.0 if not self.load.rate else max(0.0, self._due(self.sent + 1) - time.monotonic())
            for key, _ in self.poll.select(min(wait, 1.0) if self.idle else 1.0):
                self._read(key.data)
        seconds = time.monotonic() - self.started
        for key in list(self.poll.get_map().values()):
            key.data.socket.close()
        cuts = statistics.quantiles(self.took, n=100) if len(self.took) > 1 else [0.0] * 99
        return {
            **{"requests": self.requests, "errors": self.errors, "seconds": seconds},
            **{"p50_ms": cuts[49] * 1e3, "p99_ms": cuts[98] * 1e3},
        }

    def _due(self, number: int) -> float:
        return self.started + number / self.load.rate if self.load.rate else 0.0

    def _send_due(self, now: float) -> None:
        while self.idle and self._due(self.sent + 1) <= now:
            self.sent += 1
            self.idle.pop().send(self.load.request(self.sent), self._due(self.sent) or time.monotonic())

    def _read(self, connection: Connection) -> None:
        is_ok = connection.answered()
        if is_ok is None:
            return
        self.took.append(time.monotonic() - connection.due)
        self.requests, self.errors = self.requests + 1, self.errors + (not is_ok)
        self.idle.append(connection)


def _length(head: bytes) -> int:
    found = re.search(rb"content-length: (\d+)", head)
    return int(found[1]) if found else 1 << 30


def main() -> None:
    """Run one load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    for name, field in list(Load.__dataclass_fields__.items())[1:]:
        parser.add_argument(f"--{name}", type=type(field.default), default=field.default)
    print(json.dumps(Run(Load(**vars(parser.parse_args()))).whole()))


if __name__ == "__main__":
    main()
