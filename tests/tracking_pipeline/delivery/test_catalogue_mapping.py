"""What GA4 is told of an event that the catalogue names: its names, its order, and nothing that leads to a wallet."""

import json
from typing import Any

import pytest

from ingest_api.catalogue import catalogue
from tests.docs.pages import ROOT
from tests.tracking_pipeline.delivery.test_mapping import source
from tracking_pipeline.delivery.ga4 import rules
from tracking_pipeline.delivery.ga4.mapping import Mapped, Unmapped, to_ga4

GOLDEN = ROOT / "tests" / "golden"
PAGE = {"page_url": "https://x.test/", "page_title": "T", "page_referrer": "https://y.test/"}
OWNER = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
RECEIVER = "0x2222222222222222222222222222222222222def"
TOKEN = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
HASH = "0x" + "ab" * 32


def mapped(name: str, properties: dict[str, Any], *, catalogue_only: bool = False, **fields: object) -> Mapped:
    event = source(event_name=name, properties=json.dumps(properties), **fields)
    found = to_ga4(event, catalogue_only=catalogue_only)
    assert isinstance(found, Mapped)
    return found


def golden(*files: str) -> list[dict[str, Any]]:
    return [event for file in files for event in json.loads((GOLDEN / file).read_text())]


@pytest.mark.parametrize("file", ["lifi.json", "jumper.json"])
def test_what_the_adapters_send_leaves_without_a_wallet_a_receiver_or_a_hash(file: str) -> None:
    for event in golden(file):
        text = json.dumps(mapped(event["event"], event["properties"]).params)

        assert [secret for secret in (OWNER, RECEIVER, HASH) if secret.lower() in text.lower()] == [], event["event"]


def test_what_the_adapters_send_leaves_under_the_catalogue_s_names_and_in_its_order() -> None:
    for event in golden("lifi.json", "jumper.json"):
        plan = catalogue().events[event["event"]]
        found = mapped(event["event"], event["properties"], **PAGE)

        own = [catalogue().params[name].ga4 for name in plan.params]
        kept = [name for name in found.params if name in own]
        assert found.name == plan.ga4
        assert kept == sorted(kept, key=own.index)
        assert len(found.params) <= rules.MAX_PARAMS - 2
        assert all(rules.NAME.fullmatch(name) for name in found.params)


def test_all_of_an_event_s_own_public_parameters_fit() -> None:
    for event in golden("lifi.json"):
        plan = catalogue().events[event["event"]]
        public = [name for name in plan.params if catalogue().params[name].is_forwarded]
        sent = {name for name in public if event["properties"].get(name) not in (None, "")}

        found = mapped(event["event"], event["properties"], **PAGE)

        assert sent <= set(found.params), event["event"]


def test_the_page_comes_after_the_event_s_own_and_before_the_common_ones() -> None:
    sent = {"origin": "user", "event_label": "l", "tab_name": "gas", "theirs": 1}

    found = mapped("switch_tab", sent, **PAGE)

    assert list(found.params) == [
        "tab_name",
        "theirs",
        "page_location",
        "page_referrer",
        "page_title",
        "origin",
        "event_label",
    ]


def test_what_did_not_fit_is_noted() -> None:
    plan = catalogue().events["lifi_route_execution_failed"]

    found = mapped(plan.name, dict.fromkeys((*plan.params, "event_label"), "1"), **PAGE)

    assert len(found.params) == rules.MAX_PARAMS - 2
    assert found.fixes == (
        "private:tx_hash",
        "private:from_amount",
        "private:to_amount",
        "private:to_amount_min",
        "params_max:page_location",
        "params_max:page_referrer",
        "params_max:page_title",
        "params_max:event_label",
    )


CLASSES = {
    "public address of a token": ("lifi_route_selected", "from_token_address", TOKEN, TOKEN),
    "public text keeps its shape": ("lifi_page_entered", "form_field", "toAddress", "toAddress"),
    "wallet in a public text": ("lifi_page_entered", "form_field", OWNER, "***"),
    "wallet for a public number": ("lifi_route_execution_updated", "action_chain_id", OWNER, "***"),
    "pseudonymous id": ("lifi_route_selected", "route_id", "0190f5fe-7c00", "0190f5fe-7c00"),
    "pseudonymous that looks like a hash": ("lifi_route_selected", "route_id", HASH, "***"),
    "URL with a wallet": ("outbound_page_load", "pageload_url", f"https://e.test/a/{OWNER}", "https://e.test/a/***"),
    "wallet": ("lifi_wallet_connected", "wallet_address", OWNER, None),
    "receiver": ("lifi_low_address_activity_confirmed", "receiver_address", RECEIVER, None),
    "hash": ("lifi_route_execution_completed", "tx_hash", HASH, None),
    "what was typed": ("lifi_token_search", "search_value", "harmless", None),
    "payload": ("lifi_route_selected", "payload", {"a": 1}, None),
    "base units": ("lifi_route_selected", "from_amount", "12500000", None),
    "unknown, by shape": ("lifi_route_selected", "theirs", OWNER, "***"),
    "unknown, by name": ("lifi_route_selected", "their_wallet_address", "x", None),
}


@pytest.mark.parametrize(("event", "name", "value", "expected"), CLASSES.values(), ids=CLASSES)
def test_the_class_decides_what_leaves(event: str, name: str, value: object, expected: object) -> None:
    assert mapped(event, {name: value}).params == ({} if expected is None else {name: expected})


NUMBERS = {
    "decimal": ("12.50", 12.5),
    "integer": ("7", 7),
    "negative": ("-0.5", -0.5),
    "more digits than a double": ("0.1234567890123456789", "0.1234567890123456789"),
    "number": (3, 3),
    "words": ("a lot", "a lot"),
    "no JSON number": ("Infinity", "Infinity"),
}


@pytest.mark.parametrize(("value", "expected"), NUMBERS.values(), ids=NUMBERS)
def test_a_decimal_leaves_as_a_number_that_ga4_can_add_up(value: object, expected: object) -> None:
    assert mapped("lifi_route_selected", {"from_amount_usd": value}).params == {"from_amount_usd": expected}


def test_another_site_s_own_event_is_not_judged_by_the_catalogue() -> None:
    sent = {"transaction_id": "T-1", "message": "hi", "tx_hash": "x"}

    assert mapped("purchase", sent).params == {"transaction_id": "T-1", "message": "hi"}


def test_catalogue_only_stops_what_the_catalogue_does_not_know() -> None:
    known = mapped("switch_tab", {"tab_name": "gas", "theirs": 1}, catalogue_only=True)
    view = mapped("Home", {"theirs": 1}, catalogue_only=True, type="page", page_title="T")

    assert (known.params, known.fixes) == ({"tab_name": "gas"}, ("off_catalogue:theirs",))
    assert (view.params, view.fixes) == ({"page_name": "Home", "page_title": "T"}, ("off_catalogue:theirs",))


@pytest.mark.parametrize(
    "fields", [{"event_name": "Swap Started"}, {"event_name": "Order Completed"}, {"type": "group", "group_id": "g"}]
)
def test_catalogue_only_keeps_every_other_event_here(fields: dict[str, str]) -> None:
    assert to_ga4(source(**fields), catalogue_only=True) == Unmapped("suppressed", "off_catalogue")
    assert isinstance(to_ga4(source(**fields)), Mapped)


@pytest.mark.parametrize(
    ("tools", "suppressed"), [("GA", True), ("Addressable,GA", True), ("GAX", False), (None, False)]
)
def test_what_the_site_keeps_from_ga_is_not_sent(tools: str | None, suppressed: bool) -> None:
    found = to_ga4(source(event_name="click_banner", properties=json.dumps({"disabled_tools": tools})))

    assert (found == Unmapped("suppressed", "disabled_by_site")) == suppressed
