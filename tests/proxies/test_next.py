"""A real Next.js site in front of the collector, with the recipe of docs/first-party.md and the React package."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from tests.browser.site import rows_of
from tests.docs.pages import DOCS, fences
from tests.ports import free_port
from tests.support import RunningCollector, running_collector, wait_until
from tests.tracker.test_package import npm_pack, run

pytestmark = [pytest.mark.slow, pytest.mark.drill]

SITE = Path(__file__).parent / "next"
NEXT = SITE / "node_modules" / "next" / "dist" / "bin" / "next"
QUIET = {**os.environ, "NEXT_TELEMETRY_DISABLED": "1"}


@dataclass(frozen=True)
class Behind:
    """The site, and the collector behind it."""

    url: str
    collector: RunningCollector

    def rows(self) -> list[dict[str, Any]]:
        """Read every stored row."""
        return rows_of(self.collector.data_dir, "default")


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    if not NEXT.exists():
        pytest.fail("Next.js is missing: `make drills` fetches it.")
    with (
        running_collector(tmp_path_factory.mktemp("next"), TRACKING_IP="full") as collector,
        tempfile.TemporaryDirectory(dir=SITE, prefix=".site-") as folder,
    ):
        room = Path(folder)
        prepare(room, collector.url)
        run("node", NEXT, "build", cwd=room, timeout_s=400, env=QUIET)
        with running_next(room) as url:
            yield Behind(url, collector)


def prepare(room: Path, collector_url: str) -> None:
    """Lay out the site: its pages, the packed tracker, and the page's recipe with this test's collector."""
    shutil.copytree(SITE / "app", room / "app")
    shutil.copy(SITE / "package.json", room)
    [recipe] = fences(DOCS / "first-party.md", "js")
    assert "http://127.0.0.1:8000" in recipe
    (room / "next.config.js").write_text(recipe.replace("http://127.0.0.1:8000", collector_url))
    installed = room / "node_modules" / "server-side-tracking"
    installed.mkdir(parents=True)
    packed = npm_pack(room)["filename"]
    run("tar", "xzf", packed, "-C", installed, "--strip-components", "1", cwd=room)


@contextlib.contextmanager
def running_next(room: Path) -> Iterator[str]:
    """Run the built site until the block ends."""
    port, log = free_port(), room / "log"
    command = ["node", str(NEXT), "start", "-H", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=room, env=QUIET, stdout=output, stderr=output, start_new_session=True)
    url = f"http://localhost:{port}"
    try:
        wait_until(lambda: server.poll() is not None or answers(url), 120, "Next.js")
        assert server.poll() is None, log.read_text()
        yield url
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)


def answers(url: str) -> bool:
    """Tell whether a server is there."""
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(url, timeout=60).status_code == 200
    return False


def test_server_renders_the_provider_and_its_hook(behind: Behind) -> None:
    assert "<button>Swap</button>" in httpx.get(behind.url, timeout=60).text


def test_events_reach_the_collector_by_the_sites_own_paths_with_one_device_id(
    behind: Behind, chromium: Browser
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(behind.url)
    page.click("button")
    wait_until(context.cookies, 120)
    page.get_by_text("Two").click()
    page.get_by_text("The second page.").wait_for()

    wait_until(lambda: len(behind.rows()) == 3, 120)
    rows = behind.rows()
    [cookie] = context.cookies()
    script = context.request.get(f"{behind.url}/m.js")
    context.close()

    assert [row["event_name"] for row in rows if row["type"] == "track"] == ["Swap"]
    views = [(row["page_path"], row["page_title"]) for row in rows if row["type"] == "page"]
    assert views == [("/", "One"), ("/two", "Two")]
    assert {row["device_id"] for row in rows} == {cookie["value"]}
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert (script.status, script.headers["content-type"].partition(";")[0]) == (200, "text/javascript")


def test_claimed_address_is_not_believed_where_no_proxy_is_trusted(behind: Behind) -> None:
    event = {"type": "track", "event": "Posted", "anonymousId": "a1", "messageId": "claims"}
    body = json.dumps({"writeKey": "demo", "batch": [event]})

    answer = httpx.post(f"{behind.url}/v1/batch", content=body, headers={"X-Forwarded-For": "203.0.113.9"}, timeout=60)

    assert answer.json()["accepted"] == 1
    wait_until(lambda: "claims" in {row["message_id"] for row in behind.rows()}, 120)
    assert [row["ip"] for row in behind.rows() if row["message_id"] == "claims"] == ["127.0.0.1"]
