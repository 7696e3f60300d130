"""A real HTTP server on this machine that answers as it is told and keeps what it got."""

import contextlib
import json
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANG_UP = 0  # an answer: take the request, then close the connection without a word


@dataclass
class Collect:
    """What arrived, and the answers that are still to be given; without any it is 204."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    story: list[tuple[bytes, int]] = field(default_factory=list)  # each body with what was answered
    hold: threading.Barrier | None = None  # answers wait until as many requests are here
    answers: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)

    def then(self, status: int, **headers: str) -> None:
        """Queue an answer; ``retry_after="5"`` becomes the header ``retry-after``."""
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}))

    def requests(self) -> list[dict[str, Any]]:
        """The bodies, decoded, in order of arrival."""
        return [json.loads(body) for body in self.bodies]

    def names(self) -> list[str]:
        """The names of all events that arrived, in order."""
        return [event["name"] for request in self.requests() for event in request["events"]]


def _handler(collect: Collect) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:  # its sender was killed
                self.close_connection = True
                return
            collect.bodies.append(body)
            collect.paths.append(self.path)
            collect.headers.append({name.lower(): value for name, value in self.headers.items()})
            if collect.hold:
                collect.hold.wait()
            status, headers = collect.answers.popleft() if collect.answers else (204, {})
            collect.story.append((body, status))
            if status == HANG_UP:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {"content-length": "0", **headers}.items():
                if status != 204 or name != "content-length":
                    self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler


class _Server(ThreadingHTTPServer):
    def handle_error(self, *args: object) -> None:
        """Say nothing of clients that were killed."""


@contextlib.contextmanager
def running_collect() -> Iterator[Collect]:
    """Serve on a free port of 127.0.0.1 until the block ends."""
    collect = Collect()
    server = _Server(("127.0.0.1", 0), _handler(collect))
    server.daemon_threads = True
    collect.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield collect
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
