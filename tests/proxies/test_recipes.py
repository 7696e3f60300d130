"""A site behind each proxy of docs/first-party.md: events, cookie, the client's address, and nothing else passes."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from ingest_api.body import MAX_BODY_BYTES
from tests.browser.events import settled
from tests.browser.site import rows_of, running_site
from tests.ports import free_port
from tests.proxies.running import HOST, running_caddy, running_nginx
from tests.support import RunningCollector, running_collector, wait_until

pytestmark = pytest.mark.slow

PROXIES = {"nginx": running_nginx, "Caddy": running_caddy}
NOWHERE = "http://127.0.0.1:1"  # the site itself knows no collector
CLIENT = "127.0.0.5"  # another address of this machine than the proxy's
SNI = {"sni_hostname": HOST}
TAG = '<link rel="icon" href="data:,"><script src="/m.js" data-write-key="demo"></script>'


@dataclass(frozen=True)
class Behind:
    """A proxy, and what is behind it."""

    port: int
    collector: RunningCollector

    def url(self, path: str) -> str:
        """Name a page as a browser does."""
        return f"https://{HOST}:{self.port}{path}"

    def rows(self) -> list[dict[str, Any]]:
        """Read every stored row."""
        return rows_of(self.collector.data_dir, "default")

    def client(self) -> httpx.Client:
        """Make a client with an address of its own."""
        transport = httpx.HTTPTransport(local_address=CLIENT, verify=False)
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.port}", transport=transport, headers={"Host": HOST}, timeout=60
        )


@pytest.fixture(scope="module", params=PROXIES)
def behind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    room = tmp_path_factory.mktemp("proxy")
    port = free_port()
    settings = {
        "TRACKING_TRUSTED_PROXIES": "127.0.0.1/32",
        "TRACKING_ALLOWED_ORIGINS": f"https://{HOST}:{port}",
        "TRACKING_IP": "full",
    }
    with contextlib.ExitStack() as stack:
        collector = stack.enter_context(running_collector(room, **settings))
        site = stack.enter_context(running_site(replace(collector, url=NOWHERE)))
        for path in ("/", "/metrics", "/demo"):
            site.add(path, TAG, "the site's own")
        run = PROXIES[str(request.param)]
        stack.enter_context(run(collector.url.removeprefix("http://"), f"127.0.0.1:{site.port}", room, port))
        yield Behind(port, collector)
        assert site.posts == []  # every event went to the collector, none to the site


def post(client: httpx.Client, message_id: str, **headers: str) -> httpx.Response:
    """Post one event."""
    event = {"type": "track", "event": "Posted", "anonymousId": "a1", "messageId": message_id}
    body = json.dumps({"writeKey": "demo", "batch": [event]})
    return client.post("/v1/batch", content=body, headers=headers, extensions=SNI)


def test_visitor_keeps_one_secure_device_cookie(behind: Behind, chromium: Browser) -> None:
    context = chromium.new_context(ignore_https_errors=True)
    for _ in range(2):
        page = context.new_page()
        page.goto(behind.url("/"))
        settled(page)
    wait_until(lambda: len([row for row in behind.rows() if row["type"] == "page"]) == 2, 60)
    views = [row for row in behind.rows() if row["type"] == "page"]
    [cookie] = context.cookies()
    context.close()

    assert {row["device_id"] for row in views} == {cookie["value"]}
    assert [row["device_is_new"] for row in views] == [True, False]
    assert (cookie["secure"], cookie["httpOnly"], cookie["domain"]) == (True, True, HOST)
    assert {row["page_url"] for row in views} == {behind.url("/")}


def test_address_is_the_proxys_word_whatever_the_client_claims(behind: Behind) -> None:
    claims = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http", "Forwarded": "for=203.0.113.9"}
    with behind.client() as client:
        answers = [post(client, "plain"), post(client, "claims", **claims)]
    wait_until(lambda: {"plain", "claims"} <= {row["message_id"] for row in behind.rows()}, 60)

    assert [answer.status_code for answer in answers] == [200, 200]
    found = {row["message_id"]: row["ip"] for row in behind.rows()}
    assert (found["plain"], found["claims"]) == (CLIENT, CLIENT)


def test_only_the_trackers_two_paths_lead_to_the_collector(behind: Behind) -> None:
    with behind.client() as client:
        for path in ("/metrics", "/demo"):
            assert "the site's own" in client.get(path, extensions=SNI).text


def test_hashed_script_is_kept_for_ever_and_comes_gzipped(behind: Behind) -> None:
    with behind.client() as client:
        version = client.get("/m.js", extensions=SNI).headers["etag"].strip('W/"').partition("-")[0]
        script = client.get(f"/m.{version}.js", extensions=SNI)

    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-encoding"] == "gzip"
    assert script.headers["content-type"].startswith("text/javascript")


def test_largest_body_passes_and_a_larger_one_is_told_so(behind: Behind) -> None:
    with behind.client() as client:
        answers = [
            client.post("/v1/batch", content=b" " * size, headers={"Authorization": "Basic ZGVtbzo="}, extensions=SNI)
            for size in (MAX_BODY_BYTES, MAX_BODY_BYTES + 50_000)
        ]

    assert answers[0].status_code == 400  # blanks are no batch, but they were read
    assert answers[1].status_code in (413, 502)  # Caddy's own, if it was still sending when the collector had said no
    assert answers[0].json()["code"]
