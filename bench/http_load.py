"""A bounded load of HTTP requests in its own process: ``python -m bench.http_load PORT SECONDS CONNECTIONS``.

Each connection sends one event, waits for its answer, sends the next. Prints one line of JSON: requests, errors,
seconds. Raw sockets and epoll: one core of it outruns a server's worker many times, an HTTP client would not.
"""

import json
import re
import selectors
import socket
import sys
import time
import uuid

HEAD = (
    "POST /v1/track HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Write-Key: demo\r\nContent-Type: text/plain\r\n"
    "Origin: https://shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0\r\n"
    "Cookie: _tid=8c6a5a0e-5d5c-4b3a-9a60-6d9f5b0d1c11\r\nContent-Length: %d\r\n\r\n"
)


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
REQUEST = HEAD % len(BODY % 0) + BODY


def event(number: int) -> bytes:
    """Build one request."""
    return (REQUEST % number).encode()


class Connection:
    """One connection: sends an event, waits for the whole answer, sends the next."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answer = b""

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


def run(port: int, seconds: float, connections: int) -> dict[str, float]:
    """Send for so many seconds; an answer that is not 200 or a broken connection is an error."""
    poll = selectors.DefaultSelector()
    requests = errors = sent = 0
    started = time.monotonic()
    for _ in range(connections):
        connection = Connection(port)
        poll.register(connection.socket, selectors.EVENT_READ, connection)
        connection.socket.sendall(event(sent := sent + 1))
    while time.monotonic() - started < seconds:
        for key, _ in poll.select(1):
            is_ok = key.data.answered()
            if is_ok is None:
                continue
            requests, errors = requests + 1, errors + (not is_ok)
            key.data.socket.sendall(event(sent := sent + 1))
    took = time.monotonic() - started
    for key in list(poll.get_map().values()):
        key.data.socket.close()
    return {"requests": requests, "errors": errors, "seconds": took}


def _length(head: bytes) -> int:
    found = re.search(rb"content-length: (\d+)", head)
    return int(found[1]) if found else 1 << 30


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))))
