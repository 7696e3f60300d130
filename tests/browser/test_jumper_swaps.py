"""Whole swaps through the real LI.FI widget in a real Chromium: each step is stored once, as the catalogue says."""

import itertools
from collections import Counter

import pytest
from playwright.sync_api import Browser

from tests.browser.jumper import Demo, Visitor
from tests.browser.swaps import BRIDGED, assert_in_lake_and_at_ga4_once, assert_stored_once, executions, updates
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


def test_a_bridge_is_stored_step_by_step(ready: Visitor) -> None:
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
        "widget_variant": "main",
        "origin": "auto",
        "widget_version": "4.5.0",
    }
    assert {name: completed[name] for name in expected} == expected
    assert (selected["route_position"], selected["route_count"]) == (1, 3)
    assert selected["route_id"] == completed["route_id"]
    assert completed["exec_duration_s"] > 0


def test_every_tab_the_wallet_s_logo_and_a_gas_swap_reach_the_lake_and_ga4(visitor: Visitor) -> None:
    visitor.open()
    visitor.tab("Buy")
    visitor.page.get_by_role("button", name="I would buy for euros").click()
    visitor.next_swap("refused")
    visitor.choose_logo()
    visitor.wait_for("wallet_connect_fail")
    visitor.next_swap("plain")
    visitor.tab("Exchange")
    visitor.tab("Gas")
    visitor.choose_logo()
    visitor.wait_for("lifi_wallet_connected")
    visitor.ask_for_gas(USDC_ON_OP, "Base", "5")
    visitor.start()
    visitor.accept_loss()
    visitor.wait_for("lifi_route_execution_completed")

    assert_stored_once(visitor)
    names = Counter(row["event_name"] for row in visitor.rows() if row["event_name"])
    tabs = [{"tab_name": name, "adapter": "jumper"} for name in ("buy", "exchange", "gas")]
    assert visitor.events("switch_tab") == tabs
    assert visitor.events("buy_wish") == [{"currency": "EUR"}]
    assert (names["wallet_select"], names["wallet_connect_fail"], names["wallet_connect"]) == (2, 1, 1)
    [loss] = visitor.events("lifi_route_high_value_loss")
    assert (loss["from_amount_usd"], loss["to_amount_usd"], loss["gas_cost_usd"]) == (5, 4.99, 1)
    assert executions(visitor) == [("started", 1), ("completed", 1)]
    assert updates(visitor) == BRIDGED
    ours = [row for row in visitor.rows() if (row["event_name"] or "").startswith("lifi_route_")]
    assert {row["properties"]["widget_variant"] for row in ours} == {"refuel"}
    typed = [one for one in visitor.events("lifi_form_field_changed") if one["form_field"] == "fromAmount"]
    assert [(one["value_kind"], one["origin"]) for one in typed] == [("string", "user"), ("empty", "auto")]
    [completed] = visitor.events("lifi_route_execution_completed")
    assert (completed["to_token_symbol"], completed["from_amount"]) == ("ETH", "5000000")
    assert_in_lake_and_at_ga4_once(visitor, completed)


def test_a_phone_refuses_then_tries_again_with_an_approval(chromium: Browser, demo: Demo) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    visitor = Visitor(demo, context)
    visitor.open()
    visitor.connect()
    visitor.ask(USDC_ON_OP, ETH_ON_BASE, "12.5")
    visitor.next_swap("refused")
    visitor.start()
    visitor.wait_for("lifi_route_execution_failed")
    visitor.next_swap("approval")
    visitor.page.get_by_role("button", name="Try again").click()
    visitor.wait_for("lifi_route_execution_completed")

    assert_stored_once(visitor)
    assert executions(visitor) == [("started", 1), ("failed", 1), ("completed", 2)]
    [failed] = visitor.events("lifi_route_execution_failed")
    assert (failed["error_code"], failed["error_class"]) == (1012, "rejected")
    assert updates(visitor)[-1] == ("CROSS_CHAIN", "FAILED")
    states = updates(visitor, attempt=2)
    assert states.index(("SET_ALLOWANCE", "ACTION_REQUIRED")) < states.index(("SET_ALLOWANCE", "DONE"))
    assert [state for state in states if state[0] != "SET_ALLOWANCE"] == BRIDGED
    pages = [one["widget_page"] for one in visitor.events("lifi_page_entered")]
    assert pages == ["/", "/from-token", "/", "/to-token", "/", "/routes", "/routes/transaction-execution"]
    assert visitor.events("lifi_widget_expanded") == []
    context.close()


@pytest.mark.drill
def test_a_reverted_swap_is_a_failure_and_tried_again_it_completes(visitor: Visitor) -> None:
    visitor.open()
    visitor.next_swap("reverted")
    visitor.connect()
    visitor.ask(USDC_ON_OP, ETH_ON_OP, "40")
    visitor.start()
    visitor.wait_for("lifi_route_execution_failed")
    visitor.next_swap("plain")
    visitor.page.get_by_role("button", name="Try again").click()
    visitor.wait_for("lifi_route_execution_completed")

    assert_stored_once(visitor)
    assert executions(visitor) == [("started", 1), ("failed", 1), ("completed", 2)]
    [failed], [completed] = (visitor.events(f"lifi_route_execution_{end}") for end in ("failed", "completed"))
    assert (failed["error_code"], failed["error_class"], failed["action_type"]) == (1003, "reverted", "SWAP")
    assert failed["tx_hash"].startswith("0x")
    assert (completed["route_type"], completed["from_amount"]) == ("swap", "40000000")
    assert completed["tx_hash"] != failed["tx_hash"]


def test_a_reload_in_mid_flight_goes_on_with_the_same_attempt_and_support_is_a_click_away(ready: Visitor) -> None:
    ready.next_swap("slow")
    ready.start()
    wait_until(lambda: ("RECEIVING_CHAIN", "PENDING") in updates(ready), 90, "a bridge under way")

    ready.page.reload()
    ready.wait_for("lifi_wallet_connected")
    ready.next_swap("plain")
    ready.page.get_by_role("button", name="Activities").click()
    ready.wait_for("lifi_route_execution_completed")
    ready.page.get_by_role("img", name="12.5").first.click()
    with ready.context.expect_page() as opened:
        ready.page.get_by_role("button", name="Contact support").click()
    ready.wait_for("lifi_contact_support")

    assert_stored_once(ready)
    assert executions(ready) == [("started", 1), ("completed", 1)]
    assert [state for state, _ in itertools.groupby(updates(ready))] == BRIDGED
    told = [
        (one["action_type"], one["action_status"], one.get("action_substatus"))
        for one in ready.events("lifi_route_execution_updated")
    ]
    assert [pair for pair in itertools.pairwise(told) if pair[0] == pair[1]] == []
    assert len(ready.context.pages) == 2
    assert opened.value.url.startswith(("https://help.li.fi", "chrome-error:"))
    assert len(ready.events("lifi_contact_support")) == 1
    assert [one["connect_origin"] for one in ready.events("lifi_wallet_connected")] == ["click", "reconnect"]
