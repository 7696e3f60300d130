"""The browser that the other tests drive starts, and reaches this machine only."""

import http.server
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error

pytestmark = pytest.mark.slow


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"<title>{self.headers['Host']}</title>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        threading.Thread(target=server.serve_forever).start()
        yield server.server_port
        server.shutdown()


def test_browser_reaches_hosts_of_this_machine_and_no_other(chromium: Browser, port: int) -> None:
    page = chromium.new_page()

    for host in ("127.0.0.1", "localhost", "shop.site.test"):
        page.goto(f"http://{host}:{port}/")
        assert page.title() == f"{host}:{port}"
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("https://example.com/")
