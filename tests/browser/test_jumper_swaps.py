"""Whole swaps through the real LI.FI widget in a real Chromium: each step is stored once, as the catalogue says."""

import json
from collections import Counter

import pytest
from playwright.sync_api import Browser

from ingest_api.catalogue.reader import catalogue
from tests.browser.jumper import Demo, Visitor
from tests.browser.swaps import BRIDGED, assert_stored_once, executions, to_lake_and_ga4, updates
from tests.support import wait_until

pytestmark = pytest.mark.slow

USDC_ON_OP, ETH_ON_OP, ETH_ON_BASE = ("OP Mainnet", "USDC"), ("OP Mainnet", "ETH"), ("Base", "ETH")


@pytest.fixture
def ready(visitor: Visitor) -> Visitor:
    """Somebody who is connected and has chosen a bridge of 12.5 USDC."""
    visitor.open()
    visitor.connect()
    visitor.ask(USDC_ON_OP, ETH_ON_BASE, "12.5")
    return visitor


def test_a_bridge_is_stored_step_by_step_and_reaches_the_lake_and_ga4(ready: Visitor) -> None:
    ready.start()
    ready.wait_for("lifi_route_execution_completed")

    assert_stored_once(ready)
    names = Counter(row["event_name"] or row["type"] for row in ready.rows())
    fields = {one["form_field"] for one in ready.events("lifi_form_field_changed")}
    assert names.pop("lifi_form_field_changed") >= len(fields)
    assert fields == {"fromChain", "fromToken", "toChain", "toToken", "fromAmount"}
    assert names == {
        "page": 1,
        "lifi_page_entered": 6,
        "lifi_widget_expanded": 3,
        "lifi_setting_updated": 1,
        "lifi_wallet_connected": 1,
        "identify": 1,
        "lifi_source_chain_token_selected": 1,
        "lifi_destination_chain_token_selected": 1,
        "lifi_available_routes": 1,
        "lifi_route_selected": 1,
        "lifi_route_execution_started": 1,
        "lifi_route_execution_updated": len(BRIDGED),
        "lifi_route_execution_completed": 1,
    }
    assert updates(ready) == BRIDGED
    [selected], [completed] = ready.events("lifi_route_selected"), ready.events("lifi_route_execution_completed")
    expected = {
        "route_type": "bridge",
        "from_chain_id": 10,
        "to_chain_id": 8453,
        "from_token_symbol": "USDC",
        "to_token_symbol": "ETH",
        "from_amount": "12500000",
        "to_amount": "4980000000000000",
        "step_count": 1,
        "step_tools": "stargate",
        "exec_status": "DONE",
        "origin": "auto",
        "widget_version": "4.5.0",
    }
    assert {name: completed[name] for name in expected} == expected
    assert (selected["route_position"], selected["route_count"]) == (1, 3)
    assert selected["route_id"] == completed["route_id"]
    assert completed["exec_duration_s"] > 0

    sent = to_lake_and_ga4(ready)
    ready.wait_for("lifi_route_execution_completed", "at GA4")
    [arrived] = [
        one
        for one in sent
        if one["name"] == "lifi_route_execution_completed" and one["params"]["route_id"] == completed["route_id"]
    ]
    told = Counter(one["name"] for one in sent if one["client_id"] == arrived["client_id"])
    acts = (catalogue().events[row["event_name"]].ga4 for row in ready.rows() if row["type"] == "track")
    assert told == Counter(["page_view", *acts])
    [wallet] = ready.events("lifi_wallet_connected")
    assert wallet["wallet_address"].lower() not in json.dumps(sent).lower()
    assert completed["tx_hash"] not in json.dumps(sent)


@pytest.mark.drill
def test_an_approval_is_part_of_the_swap(visitor: Visitor) -> None:
    visitor.open()
    visitor.next_swap("approval")
    visitor.connect()
    visitor.ask(USDC_ON_OP, ETH_ON_OP, "40")
    visitor.start()
    visitor.wait_for("lifi_route_execution_completed")

    assert_stored_once(visitor)
    assert executions(visitor) == [("started", 1), ("completed", 1)]
    states = updates(visitor)
    assert ("SET_ALLOWANCE", "ACTION_REQUIRED") in states
    assert states.index(("SET_ALLOWANCE", "DONE")) < states.index(("SWAP", "STARTED"))
    [completed] = visitor.events("lifi_route_execution_completed")
    assert (completed["route_type"], completed["from_amount"]) == ("swap", "40000000")


@pytest.mark.drill
def test_refused_in_the_wallet_and_tried_again_are_two_attempts(ready: Visitor) -> None:
    ready.next_swap("refused")
    ready.start()
    ready.wait_for("lifi_route_execution_failed")
    ready.next_swap("plain")
    ready.page.get_by_role("button", name="Try again").click()
    ready.wait_for("lifi_route_execution_completed")

    assert_stored_once(ready)
    assert executions(ready) == [("started", 1), ("failed", 1), ("completed", 2)]
    [failed] = ready.events("lifi_route_execution_failed")
    assert (failed["error_code"], failed["error_class"]) == (1012, "rejected")
    assert updates(ready)[-1] == ("CROSS_CHAIN", "FAILED")
    assert updates(ready, attempt=2) == BRIDGED


@pytest.mark.drill
def test_a_reverted_transaction_is_a_failure(ready: Visitor) -> None:
    ready.next_swap("reverted")
    ready.start()
    ready.wait_for("lifi_route_execution_failed")

    assert_stored_once(ready)
    assert executions(ready) == [("started", 1), ("failed", 1)]
    [failed] = ready.events("lifi_route_execution_failed")
    assert (failed["error_code"], failed["error_class"], failed["action_type"]) == (1003, "reverted", "CROSS_CHAIN")
    assert failed["tx_hash"].startswith("0x")


@pytest.mark.drill
def test_a_reload_in_mid_flight_goes_on_with_the_same_attempt(ready: Visitor) -> None:
    ready.next_swap("slow")
    ready.start()
    wait_until(lambda: ("RECEIVING_CHAIN", "PENDING") in updates(ready), 90, "a bridge under way")

    ready.page.reload()
    ready.wait_for("lifi_wallet_connected")
    ready.next_swap("plain")
    ready.page.get_by_role("button", name="Activities").click()
    ready.wait_for("lifi_route_execution_completed")

    assert_stored_once(ready)
    assert executions(ready) == [("started", 1), ("completed", 1)]
    assert updates(ready)[-1] == ("RECEIVING_CHAIN", "DONE")
    assert [one["connect_origin"] for one in ready.events("lifi_wallet_connected")] == ["click", "reconnect"]


@pytest.mark.drill
def test_a_phone_swaps_too(chromium: Browser, demo: Demo) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    visitor = Visitor(demo, context)
    visitor.open()
    visitor.connect()
    visitor.ask(USDC_ON_OP, ETH_ON_BASE, "12.5")
    visitor.start()
    visitor.wait_for("lifi_route_execution_completed")

    assert_stored_once(visitor)
    assert executions(visitor) == [("started", 1), ("completed", 1)]
    assert updates(visitor) == BRIDGED
    pages = [one["widget_page"] for one in visitor.events("lifi_page_entered")]
    assert pages == ["/", "/from-token", "/", "/to-token", "/", "/routes", "/routes/transaction-execution"]
    assert visitor.events("lifi_widget_expanded") == []
    context.close()
