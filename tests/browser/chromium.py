"""A real Chromium for tests, driven by Playwright: the machine's own, headless, with no way out of this machine."""

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Any host of the reserved domain `.test` is this machine, so that a test can have sites and subdomains.
TIMEOUT_MS = 90_000  # of a step of a page: a loaded machine gets more than the default
HOSTS = "MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


def executable() -> str:
    """Return the machine's browser; fail the test where there is none."""
    found = [path for name in NAMES if (path := shutil.which(name))]
    if not found:
        pytest.fail("Chromium is missing: `make setup` installs it as root (or: apt-get install chromium).")
    return found[0]


@contextlib.contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run a browser until the block ends. A page of its own storage: ``browser.new_context().new_page()``."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(),
            args=[f"--host-resolver-rules={HOSTS}"],
            ignore_default_args=["--disable-back-forward-cache"],  # a visitor's browser has one
        )
        browser.on("context", lambda context: context.set_default_timeout(TIMEOUT_MS))
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def cookieless_chromium(browser_type: BrowserType, room: Path) -> Iterator[BrowserContext]:
    """Run a browser whose user refuses all cookies, and with them all storage."""
    profile = room / "profile" / "Default"
    profile.mkdir(parents=True)
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (profile / "Preferences").write_text(json.dumps(blocked))
    context = browser_type.launch_persistent_context(
        profile.parent, executable_path=executable(), args=[f"--host-resolver-rules={HOSTS}"]
    )
    context.set_default_timeout(TIMEOUT_MS)
    try:
        yield context
    finally:
        context.close()


@contextlib.contextmanager
def undriven_chromium(url: str, room: Path) -> Iterator[None]:
    """Show a page in a browser that nobody drives, until the block ends: what it does comes from its own scripts."""
    quiet = ["--headless=new", "--no-sandbox", "--no-first-run", f"--user-data-dir={room / 'profile'}"]
    command = [executable(), *quiet, f"--host-resolver-rules={HOSTS}", url]
    with (room / "chromium.log").open("wb") as log:
        browser = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield
    finally:
        browser.terminate()
        browser.wait(60)
