"""The Jumper demo for browser tests: built once for its content, served by its own server, driven as by a visitor."""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import BrowserContext, Page

from ingest_api.settings import Settings
from ingest_api.waiting import spooled
from tests.browser.site import rows_of
from tests.ports import free_port
from tests.support import RunningCollector, running_collector, settings_in, wait_until
from tests.tracking_pipeline.standin.conftest import serve
from tracking_pipeline.operations import make_lake

PROJECT = Path(__file__).parents[2]
DEMO = PROJECT / "examples" / "jumper"
TRACKER = PROJECT / "ingest_api" / "tracker"
VITE = DEMO / "node_modules" / "vite" / "bin" / "vite.js"
CACHE = DEMO / "node_modules" / ".cache" / "tests"
WAIT_S = 90
# A visitor's browser: events of one that calls itself headless are a bot's, and not for GA4.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
BUILD_TIMEOUT_S = 300
BUILT_FILES = ("index.html", "package-lock.json", "vite.config.ts", "tsconfig.json")
BUILT_FOLDERS = (DEMO / "src", DEMO / "server", TRACKER / "src", TRACKER / "adapters", TRACKER / "react")


@dataclass(frozen=True)
class Demo:
    """The running demo, the collector behind it, and the settings of that one's lake, whose GA4 is a stand-in."""

    url: str
    collector: RunningCollector
    settings: Settings


@contextlib.contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """Run a collector with an empty lake and a stand-in, and the built demo in front, until the block ends."""
    with serve(folder / "data") as standin:
        settings = settings_in(folder / "data", ga4_endpoint=standin.url)
        make_lake.main(settings)
        with running_collector(folder) as collector, _server(collector, folder / "demo.log") as url:
            yield Demo(url, collector, settings)


@contextlib.contextmanager
def _server(collector: RunningCollector, log: Path) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command: list[str | Path] = ["node", VITE, "preview", "--port", str(port), "--strictPort", "--outDir", built()]
    variables = {"COLLECTOR_URL": collector.url, "TRACKING_DATA_DIR": str(collector.data_dir)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=DEMO, env=os.environ | variables, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_until(lambda: _answers(url) or process.poll() is not None, WAIT_S, "the demo's server")
        assert process.poll() is None, log.read_text()
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(url, timeout=2).status_code == 200
    return False


def built() -> Path:
    """Check and build the demo, unless this very content was built before; return the folder."""
    assert VITE.exists(), "The demo's packages are not installed: run `make setup`."
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = CACHE / _digest()
        if not (folder / "index.html").exists():
            _run("node", DEMO / "node_modules" / "typescript" / "bin" / "tsc", "-p", ".")
            _run("node", VITE, "build", "--outDir", folder, "--emptyOutDir")
        return folder


def _digest() -> str:
    """Hash all that a build reads."""
    sources = [DEMO / name for name in BUILT_FILES]
    for folder in BUILT_FOLDERS:
        sources += sorted(path for path in folder.rglob("*") if path.is_file())
    digest = hashlib.sha256()
    for path in sources:
        digest.update(f"{path.relative_to(PROJECT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=DEMO, capture_output=True, text=True, timeout=BUILD_TIMEOUT_S)
    assert done.returncode == 0, done.stdout + done.stderr


class Visitor:
    """Somebody at the demo, in a browser context of their own; ``page`` is the tab that was opened last."""

    def __init__(self, demo: Demo, context: BrowserContext) -> None:
        self.demo = demo
        self.context = context
        self.page: Page

    def open(self) -> None:
        """Open the demo in a new tab."""
        self.page = self.context.new_page()
        self.page.goto(self.demo.url)

    def tab(self, name: str) -> None:
        """Click on one of the tabs Exchange, Gas and Buy."""
        self.page.get_by_role("tab", name=name).click()

    def choose_logo(self) -> None:
        """Click on the wallet's logo in the site's own menu."""
        self.page.get_by_role("button", name="Connect", exact=True).click()
        self.page.get_by_role("menuitem", name="Fake Wallet").click()

    def connect(self) -> None:
        """Connect through LI.FI's menu."""
        self.page.get_by_role("button", name="Connect wallet").first.click()
        self.page.get_by_text("Fake Wallet").click()
        self.page.get_by_title("Disconnect").wait_for()

    def next_swap(self, scenario: str) -> None:
        """Choose what happens to the next swap."""
        self.page.get_by_label("The next swap").select_option(scenario)

    def ask(self, source: tuple[str, str], target: tuple[str, str], amount: str) -> None:
        """Fill the form, each side a chain and a token, and choose the second offer."""
        self._pick("From", *source)
        self._pick("To", *target)
        self.page.locator("input[name=fromAmount]").fill(amount)
        rates = self.page.get_by_text(re.compile(r"1 \w+ ≈"))
        rates.first.wait_for()
        everything = self.page.get_by_role("button", name="Show all")  # on a narrow page
        if everything.count():
            everything.click()
        card = rates.nth(1).locator('xpath=ancestor::*[contains(@class,"MuiCard-root")][1]')
        card.click(position={"x": 60, "y": 40})

    def _pick(self, side: str, chain: str, token: str) -> None:
        self.page.get_by_role("button", name=re.compile(f"^{side}")).click()
        named = self.page.get_by_label(chain, exact=True)  # on a narrow page
        self.page.locator("li", has_text=chain).or_(named).first.click()
        self.page.locator("li", has_text=token).first.click()

    def ask_for_gas(self, source: tuple[str, str], chain: str, amount: str) -> None:
        """Fill the form of the tab Gas, where a chain is chosen and its coin is meant; take the best offer."""
        self._pick("From", *source)
        self.page.get_by_role("button", name=re.compile("^To")).click()
        self.page.locator("li", has_text=chain).first.click()
        self.page.locator("input[name=fromAmount]").fill(amount)
        self.page.get_by_text(re.compile(r"1 \w+ ≈")).first.wait_for()
        self.page.get_by_role("button", name="Get gas").click()

    def accept_loss(self) -> None:
        """Say yes to the warning that much of the value is lost."""
        self.page.get_by_label("I accept the high value loss").check()
        self.page.get_by_role("button", name="Continue").click()

    def start(self) -> None:
        """Start the chosen route."""
        self.page.get_by_role("button", name=re.compile("^Start (bridging|swapping)")).click()

    def wait_for(self, name: str, step: str = "stored", times: int = 1) -> None:
        """Wait until this tab's panel shows so many events of a name past a step of their way."""
        named = self.page.locator(".name", has_text=re.compile(f"^{name}$"))
        past = self.page.locator(".step.good", has_text=step)
        shown = self.page.locator(".events li", has=named).filter(has=past)
        shown.nth(times - 1).wait_for(state="attached")

    def rows(self) -> list[dict[str, Any]]:
        """Read every row that this visitor's events became, copies too, in the order of each tab's events."""
        mine = json.loads(self.page.evaluate("localStorage['_t.id']"))["anonymousId"]
        wait_until(self._all_published, what="an empty spool")
        found = [row for row in rows_of(self.demo.collector.data_dir, "default") if row["anonymous_id"] == mine]
        for row in found:
            row["properties"] = json.loads(row["properties"] or "{}")
            row["tab"] = json.loads(row["context"])["tab"]
        return sorted(found, key=lambda row: (row["tab"]["id"], row["tab"]["seq"]))

    def _all_published(self) -> bool:
        """Publish what is closed; tell whether nothing is left, an open segment neither."""
        rows_of(self.demo.collector.data_dir, "default")
        return next(iter(spooled(self.demo.collector.data_dir / "spool")), None) is None

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the parameters of every stored event of a name."""
        return [row["properties"] for row in self.rows() if row["event_name"] == name]
