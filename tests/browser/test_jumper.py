"""The demo site's own acts in a real Chromium: the wallet's logo, two tabs of one visitor, four looks."""

import itertools
import json
import os
import re
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser

from ingest_api.catalogue.reader import catalogue
from tests.browser.jumper import Demo, Visitor
from tests.browser.swaps import assert_stored_once

pytestmark = pytest.mark.slow

SCREENSHOTS = os.environ.get("SCREENSHOTS")  # a folder: for a person to look at
SIZES = {"desktop": (1400, 900), "phone": (390, 844)}
Scheme = Literal["light", "dark"]
# One pair of each; all four where somebody wants to look at them.
LOOKS = list(itertools.product(SIZES, ("light", "dark"))) if SCREENSHOTS else [("desktop", "light"), ("phone", "dark")]
# What the widget asks of others on its own, and does without.
ELSEWHERE = ("https://lifinance.github.io/", "https://api.tenderly.co/")


def test_a_wallets_logo_tells_the_click_from_how_it_ended(visitor: Visitor) -> None:
    visitor.open()
    visitor.next_swap("refused")
    visitor.choose_logo()
    visitor.wait_for("wallet_connect_fail")
    visitor.next_swap("plain")
    visitor.choose_logo()
    visitor.wait_for("lifi_wallet_connected")

    assert_stored_once(visitor)
    wallet = {"connector_name": "Fake Wallet", "chain_type": "EVM", "adapter": "jumper"}
    [connected] = visitor.events("wallet_connect")
    address = connected["wallet_address"]
    assert visitor.events("wallet_select") == [wallet, wallet]
    assert visitor.events("wallet_connect_fail") == [{**wallet, "error_code": 4001}]
    assert connected == {**wallet, "chain_id": 1, "wallet_address": address}
    [told] = visitor.events("lifi_wallet_connected")
    assert (told["wallet_address"], told["connect_origin"], told["origin"]) == (address, "click", "user")
    [linked] = [row for row in visitor.rows() if row["type"] == "identify"]
    assert address in linked["traits"]


def test_a_second_tab_reconnects_and_counts_its_own_clicks(visitor: Visitor) -> None:
    visitor.open()
    visitor.connect()
    visitor.wait_for("lifi_wallet_connected")
    first = visitor.page

    visitor.open()
    visitor.wait_for("lifi_wallet_connected")
    visitor.tab("Gas")
    visitor.wait_for("switch_tab")
    visitor.page = first
    visitor.tab("Buy")
    visitor.wait_for("switch_tab")

    assert_stored_once(visitor)
    told = visitor.events("lifi_wallet_connected")
    assert sorted(one["connect_origin"] for one in told) == ["click", "reconnect"]
    assert len({one["wallet_address"] for one in told}) == 1
    assert sorted(one["tab_name"] for one in visitor.events("switch_tab")) == ["buy", "gas"]
    assert len({row["tab"]["id"] for row in visitor.rows()}) == 2


def test_what_a_visitor_does_in_the_widget_is_told_without_its_values(visitor: Visitor) -> None:
    visitor.open()
    visitor.connect()
    page = visitor.page
    page.get_by_role("button", name=re.compile("^From")).click()
    page.locator("input[name=tokenSearchFilter]").press_sequentially("usdc", delay=20)
    visitor.wait_for("lifi_token_search")
    page.locator("input[name=tokenSearchFilter]").fill("")
    page.locator("li", has_text="Base").locator("button[aria-label=pin]").click(force=True)
    page.locator("li", has_text="ETH").first.click()
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name=re.compile("Bridges")).click()
    page.get_by_text("Stargate").first.click()
    visitor.wait_for("lifi_setting_updated", times=2)
    page.get_by_title("Disconnect").click()
    visitor.wait_for("lifi_wallet_disconnected")

    assert_stored_once(visitor)
    search, pin, gone = (
        told(visitor, name) for name in ("lifi_token_search", "lifi_chain_pinned", "lifi_wallet_disconnected")
    )
    assert search == {"query_length": 4, "is_address": False, "result_count": 5, "first_result_symbol": "USDC"}
    assert pin == {"chain_id": 8453, "pinned": True}
    assert gone["connector_id"] == "test.fake.wallet"
    assert [
        (one["setting_name"], one["new_setting_value"], one["value_origin"])
        for one in visitor.events("lifi_setting_updated")
    ] == [("routePriority", "CHEAPEST", "default"), ("enabledBridges", "-stargate", "user")]
    links = [json.loads(row["traits"])["wallet"]["connected"] for row in visitor.rows() if row["type"] == "identify"]
    assert links == [True, False]


def told(visitor: Visitor, name: str) -> dict[str, Any]:
    """Return the one event of a name without what every event of the widget carries."""
    [found] = visitor.events(name)
    return {key: value for key, value in found.items() if key not in {*catalogue().common, "payload"}}


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_the_page_fits_and_asks_nobody_else(chromium: Browser, demo: Demo, size: str, scheme: Scheme) -> None:
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    visitor = Visitor(demo, context)
    visitor.open()
    visitor.connect()
    visitor.wait_for("lifi_wallet_connected")
    if SCREENSHOTS:
        visitor.page.screenshot(path=Path(SCREENSHOTS) / f"jumper-{size}-{scheme}.png", full_page=size == "phone")

    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in asked if not url.startswith((demo.url, "data:", *ELSEWHERE))] == []
    context.close()
