"""The stand-in's pages in a real Chromium: a person reads them on a phone and a desktop, in light and dark."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.tracking_pipeline.standin.conftest import Server, body, event, serve

pytestmark = [pytest.mark.slow, pytest.mark.drill]

SIZES = {"desktop": (1280, 800), "phone": (375, 812)}
SCREENSHOTS = os.environ.get("SCREENSHOTS")  # a folder: for a person to look at
LONG = "https://swap.example/?fromToken=0x0000000000000000000000000000000000000000&toChain=10&utm_source=news"
# Contrast of text and ground by WCAG 2.1 of every element that has text of its own; 4.5 is asked for.
CONTRAST = """() => {
  const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = (rgb) => { const [r, g, b] = rgb.map(channel); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const found = parse(getComputedStyle(node).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found.slice(0, 3);
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('body *')]
    .filter((node) => [...node.childNodes].some((each) => each.nodeType === 3 && each.data.trim()))
    .map((node) => {
      const [a, b] = [light(parse(getComputedStyle(node).color).slice(0, 3)), light(ground(node))];
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), node.outerHTML.slice(0, 80)];
    })
    .filter(([ratio]) => ratio < 4.5);
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("standin") / "data") as running:
        now = int(time.time())
        for payload in payloads(now):
            httpx.post(running.collect, json=payload, timeout=60).raise_for_status()
        yield running


def payloads(now: int) -> Iterator[dict[str, Any]]:
    """Two visitors, one of them with an order, a copy of it, and events that GA4 would drop."""
    session = {"session_id": str(now - 400), "engagement_time_msec": 2100}
    item = {"item_id": "p1", "item_name": "Monopoly", "price": 14, "quantity": 1}
    order = event("purchase", **session, transaction_id="T-1", value=14, currency="EUR", items=[item])
    view = event("page_view", **session, page_title="Swap", page_location=LONG, page_referrer="https://news.example/")
    swap = event("lifi_route_execution_completed", **session, from_chain_id=1, to_chain_id=10, from_amount_usd=12.5)
    around = {
        "user_id": "user-42",
        "user_properties": {"plan": {"value": "pro"}},
        "device": {"category": "mobile", "browser": "Chrome", "operating_system": "Android"},
        "user_location": {"country_id": "CH"},
        "consent": {"ad_user_data": "DENIED"},
    }
    times = [
        {**each, "timestamp_micros": (now - 300 + n * 20) * 1_000_000} for n, each in enumerate((view, swap, order))
    ]
    yield body(*times, **around) | {"client_id": "1234567890.1700000000"}
    yield body(order, event("session_start", **session), **around) | {"client_id": "1234567890.1700000000"}
    yield body(event("tab_switched", tab_name="gas", note="n" * 120)) | {"client_id": "2041570221.1795602030"}


def opened(chromium: Browser, server: Server, path: str, size: str, scheme: str) -> Page:
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{server.url}{path}")
    return page


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_person_reads_what_arrived_and_one_client_s_sessions(
    chromium: Browser, server: Server, size: str, scheme: str
) -> None:
    page = opened(chromium, server, "/?hold=1", size, scheme)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    shown = {}
    for name in ("realtime", "client"):
        if SCREENSHOTS:
            page.screenshot(path=Path(SCREENSHOTS) / f"standin-{name}-{size}-{scheme}.png", full_page=True)
        shown[name] = page.locator("body").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "it scrolls sideways"
        assert page.evaluate(CONTRAST) == []
        if name == "realtime":
            page.get_by_role("link", name="1234567890.1700000000").first.click()
            page.get_by_role("link", name="hold").click()

    assert "This is not Google Analytics." in shown["realtime"]
    assert "name [session_start] which is reserved" in shown["realtime"]
    assert all(text in shown["client"] for text in ("user-42", "plan pro", "purchase", "a copy: GA4 keeps one"))
    assert "tab_switched" not in shown["client"]
    assert errors == []
    page.context.close()


def test_the_page_shows_a_new_event_by_itself(chromium: Browser, server: Server) -> None:
    page = opened(chromium, server, "/", "desktop", "light")
    httpx.post(server.collect, json=body(event("just_now")), timeout=60).raise_for_status()

    page.get_by_text("just_now").first.wait_for()

    page.context.close()
