"""The demo page in a real Chromium: clicks on it are stored, and it shows so, on a phone and a desktop."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.site import rows_of
from tests.support import RunningCollector, wait_until

pytestmark = pytest.mark.slow

SIZES = {"desktop": (1280, 800), "phone": (375, 812)}
SCREENSHOTS = os.environ.get("SCREENSHOTS")  # a folder: for a person to look at


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_clicks_on_the_demo_page_are_stored_and_shown(
    chromium: Browser, shared_collector: RunningCollector, size: str, scheme: str
) -> None:
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    errors: list[str] = []
    context.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page = context.new_page()
    page.goto(f"{shared_collector.url}/demo")

    page.get_by_role("tab", name="Gas").click()
    page.get_by_role("tab", name="Buy").click()
    page.locator("#wallet").click()
    page.get_by_text("Try it").click()
    wait_until(lambda: page.get_by_text("stored on disk").count() == 6)
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"demo-{size}-{scheme}.png", full_page=True)

    shown = page.locator(".name").all_text_contents()
    assert sorted(shown) == ["Demo Button", "identify", "page", "switch_tab", "switch_tab", "wallet_select"]
    message_id = page.locator("#trace").inner_text().split()[-1]
    wait_until(lambda: message_id in {row["message_id"] for row in rows_of(shared_collector.data_dir, "s0")})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert errors == []
    context.close()
