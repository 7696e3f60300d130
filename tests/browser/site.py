"""A site of its own for browser tests: pages, and the way to a real collector, with faults where a test wants them."""

import contextlib
import http.client
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from ingest_api.landing import Landing
from ingest_api.publisher import Publisher
from tests.support import RunningCollector, stored_rows, wait_until

HOP_HEADERS = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server", "host"}


@dataclass
class Post:
    """One batch that came by: its body, and what the page was answered (0: nothing)."""

    host: str
    body: bytes
    status: int = 0
    is_stored: bool = False

    @property
    def events(self) -> list[dict[str, Any]]:
        """The batch's messages."""
        batch: list[dict[str, Any]] = json.loads(self.body)["batch"]
        return batch


@dataclass
class Fault:
    """What happens to one post instead of a plain answer."""

    status: int = 0  # answer this, and store nothing
    headers: dict[str, str] = field(default_factory=dict)
    drop: str = ""  # "before" or "after" it was stored: end the connection without an answer
    hold: threading.Event | None = None  # store, then wait for it before answering


Rule = Callable[[bytes], Fault | None]


@dataclass
class Site:
    """A running site. ``pages`` maps a path to HTML and headers; ``rule`` decides each post's fault."""

    port: int
    collector: RunningCollector
    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    rule: Rule = lambda body: None

    def url(self, path: str = "/", host: str = "localhost") -> str:
        """Name a page: localhost is a secure context for browsers, hosts of `.test` are not."""
        return f"http://{host}:{self.port}{path}"

    def then(self, *faults: Fault) -> None:
        """Meet the next posts with these faults, one each, and the later ones with none."""
        waiting = list(faults)
        self.rule = lambda body: waiting.pop(0) if waiting else None

    def add(self, path: str, head: str = "", body: str = "", **headers: str) -> None:
        """Serve a page with a title after its path."""
        title = path.strip("/") or "Home"
        html = f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
        self.pages[path] = (html, {name.replace("_", "-"): value for name, value in headers.items()})


@contextlib.contextmanager
def running_site(collector: RunningCollector, port: int = 0) -> Iterator[Site]:
    """Serve a site until the block ends."""

    class Handler(_Handler):
        pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        site = Handler.site = Site(server.server_port, collector)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield site
        server.shutdown()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: ClassVar[Site]

    def do_GET(self) -> None:
        found = self.site.pages.get(self.path.partition("?")[0])
        if found is None:
            self._answer(*self._forward(b""))
            return
        self._answer(200, {"Content-Type": "text/html; charset=utf-8", **found[1]}, found[0].encode())

    def do_OPTIONS(self) -> None:
        self.site.methods.append("OPTIONS")
        self._answer(*self._forward(b""))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        post = Post(self.headers["Host"].partition(":")[0], body)
        self.site.posts.append(post)
        fault = self.site.rule(body) or Fault()
        if fault.drop == "before":
            self.close_connection = True
            return
        if fault.status:
            post.status = fault.status
            self._answer(fault.status, {**self._cors(), **fault.headers}, b"{}")
            return
        status, headers, answer = self._forward(body)
        post.is_stored = status == 200
        if fault.hold is not None:
            fault.hold.wait(20)
        if fault.drop == "after":
            self.close_connection = True
            return
        post.status = status
        self._answer(status, headers, answer)

    def _cors(self) -> dict[str, str]:
        origin = self.headers["Origin"]
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "Retry-After"} if origin else {}

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Ask the collector, as a reverse proxy does."""
        connection = http.client.HTTPConnection(self.site.collector.url.removeprefix("http://"), timeout=60)
        sent = {name: value for name, value in self.headers.items() if name.lower() not in HOP_HEADERS}
        connection.request(self.command, self.path, body or None, sent)
        answer = connection.getresponse()
        headers = {name: value for name, value in answer.getheaders() if name.lower() not in HOP_HEADERS}
        data = answer.read()
        connection.close()
        return answer.status, headers, data

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the page may be gone
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status not in (204, 304):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def rows_of(data_dir: Path, source: str) -> list[dict[str, Any]]:
    """Publish what the collector has, and read every row of one source, copies too, in the order of events."""
    publisher = Publisher(data_dir / "spool", Landing(data_dir))
    publisher.prepare()
    while publisher.publish_once():
        pass
    rows = [row for row in stored_rows(data_dir) if row["source"] == source]
    return sorted(rows, key=lambda row: (str(row["occurred_at"]), str(row["message_id"])))


def wait_for_rows(site: Site, source: str, messages: int) -> list[dict[str, Any]]:
    """Wait until so many different events are stored, then return every row (copies too)."""

    def came_by() -> bool:
        return len({event["messageId"] for post in site.posts if post.is_stored for event in post.events}) >= messages

    found: list[dict[str, Any]] = []

    def published() -> bool:
        found[:] = rows_of(site.collector.data_dir, source)
        return len({row["event_id"] for row in found}) >= messages

    wait_until(came_by)
    wait_until(published)
    return found
