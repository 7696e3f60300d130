"""Content blockers for tests: engines that judge requests by current rules, and a browser that keeps to AdGuard's.

`make setup` fetches the rules into ``.venv/blocklists`` (``.ci/blocklists`` says from where) and the engines.
"""

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, BrowserType

from tests.browser.chromium import HOSTS, TIMEOUT_MS, executable

HERE = Path(__file__).parent
FOLDER = Path(sys.prefix) / "blocklists"
RULES = ("base", "tracking")  # of AdGuard
JUDGES = (
    "uBlock Origin's lists, its engine",
    "uBlock Origin's lists, Ghostery's engine",
    "AdGuard's lists, Ghostery's engine",
    "Ghostery's lists and engine",
)


@dataclass(frozen=True)
class Request:
    """A page's request; ``type`` as browsers name it: script, fetch, ping."""

    url: str
    page: str
    type: str


@dataclass(frozen=True)
class Verdict:
    """What one blocker does to one request: ``rule`` stops it, None lets it pass."""

    lists: str
    url: str
    type: str
    rule: str | None


def folder() -> Path:
    """Return where the rules are; fail the test where there are none."""
    if not (FOLDER / "ghostery.bin").exists() or not (HERE / "node_modules").exists():
        pytest.fail("The block lists are missing: `make setup` fetches them.")
    return FOLDER


def judge(requests: list[Request]) -> list[Verdict]:
    """Ask every blocker about every request."""
    command = ["node", HERE / "judge.mjs", folder()]
    text = json.dumps([asdict(request) for request in requests])
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [Verdict(**verdict) for verdict in json.loads(done.stdout)]


@contextlib.contextmanager
def blocking_chromium(browser_type: BrowserType, room: Path) -> Iterator[BrowserContext]:
    """Run a browser with an extension that holds AdGuard's rules, as the browser's own declarative ones."""
    extension = room / "extension"
    extension.mkdir()
    for name in RULES:
        shutil.copy(folder() / "adguard" / f"{name}.json", extension)
    resources = [{"id": name, "enabled": True, "path": f"{name}.json"} for name in RULES]
    manifest = {
        "manifest_version": 3,
        "name": "Rules",
        "version": "1",
        "permissions": ["declarativeNetRequest"],
        "host_permissions": ["<all_urls>"],
        "declarative_net_request": {"rule_resources": resources},
    }
    (extension / "manifest.json").write_text(json.dumps(manifest))
    context = browser_type.launch_persistent_context(
        room / "profile",
        executable_path=executable(),
        args=[
            f"--host-resolver-rules={HOSTS}",
            f"--load-extension={extension}",
            f"--disable-extensions-except={extension}",
        ],
        ignore_default_args=["--disable-extensions"],
        timeout=120_000,
    )
    context.set_default_timeout(TIMEOUT_MS)
    try:
        yield context
    finally:
        context.close()
