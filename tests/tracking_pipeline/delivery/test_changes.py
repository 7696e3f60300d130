"""Every rule that the delivery mends, at its limit and one beyond: recorded beyond, and only there."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.tracking_pipeline.delivery.test_mapping import EVM, source
from tracking_pipeline.delivery.ga4.identity import fixed_user_id
from tracking_pipeline.delivery.ga4.mapping import Mapped, to_ga4
from tracking_pipeline.delivery.ga4.user_properties import to_properties
from tracking_pipeline.protocol.changes import CHANGES
from tracking_pipeline.protocol.rules import RULES

OF_PLANS = {"plan_room"}  # tests/tracking_pipeline/lint
OF_REQUESTS = {"user_properties_max"}  # test_user_properties.py: several identify calls
PARAMS = {f"p{n:02}": n for n in range(24)}
ITEM = {"item_id": "a"}


@dataclass(frozen=True, slots=True)
class Pair:
    """Fields of an event at the limit and beyond; ``params`` are its properties."""

    good: dict[str, Any]
    bad: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)


def params(good: dict[str, Any], bad: dict[str, Any], name: str = "click") -> Pair:
    return Pair({"event_name": name, "properties": good}, {"event_name": name, "properties": bad})


def name(good: str, bad: str) -> Pair:
    return Pair({"event_name": good}, {"event_name": bad})


CASES = {
    "event_name": name("a__b_1", "a b"),
    "event_name_length": name("n" * 40, "n" * 41),
    "event_name_reserved": name("Session_start", "session_start"),
    "event_name_app": name("page_view", "screen_view"),
    "params_max": params(dict(list(PARAMS.items())[:23]), PARAMS),
    "param_name": params({"a_b": 1}, {"a.b": 1}),
    "param_name_length": params({"p" * 40: 1}, {"p" * 41: 1}),
    "param_reserved": params({"gax": 1}, {"ga_x": 1}),
    "param_nested": params({"x": ""}, {"x": {}}),
    "param_length": params({"x": "😀" * 100}, {"x": "😀" * 101}),
    "param_type": params({"value": 9.5}, {"value": "9.5"}),
    "currency": params({"currency": "USD"}, {"currency": "usd"}),
    "transaction_id": params({"transaction_id": "0"}, {"transaction_id": ""}),
    "time_in_params": params({"timestamp": 1}, {"timestamp_micros": 1}),
    "debug_mode": params({"debug": 1}, {"debug_mode": 1}),
    "items": params({"items": [ITEM]}, {"items": {}}, "purchase"),
    "items_max": params({"items": [ITEM] * 200}, {"items": [ITEM] * 201}, "purchase"),
    "item_id": params({"items": [ITEM]}, {"items": [{"price": 1}]}, "purchase"),
    "item_custom_max": params(
        {"items": [ITEM | dict(list(PARAMS.items())[:10])]},
        {"items": [ITEM | dict(list(PARAMS.items())[:11])]},
        "purchase",
    ),
    "item_number": params({"items": [ITEM | {"price": 19}]}, {"items": [ITEM | {"price": "$19"}]}, "purchase"),
    "same_name": params({"a_b": 1, "a_c": 2}, {"a_b": 1, "a-b": 2}),
    "private": params({"transaction": "x"}, {"tx_hash": "x"}),
    "masked": params({"x": "0xabc"}, {"x": EVM}),
    "ours": params({"session": "1"}, {"session_id": "1"}),
    "spec_name": name("purchase", "Order Completed"),
    "off_catalogue": Pair(
        {"event_name": "switch_tab", "properties": {"tab_name": "gas"}},
        {"event_name": "switch_tab", "properties": {"theirs": 1}},
        {"catalogue_only": True},
    ),
}
TRAITS = {
    "user_property_name": ({"p" * 24: 1}, {"p" * 25: 1}),
    "user_property_reserved": ({"userid1": 1}, {"first_visit_time": 1}),
    "user_property_value": ({"plan": 1}, {"plan": [1]}),
    "user_property_length": ({"plan": "é" * 36}, {"plan": "é" * 37}),
}


def rules_of(fields: dict[str, Any], options: dict[str, Any]) -> set[str]:
    mapped = to_ga4(source(**{**fields, "properties": json.dumps(fields.get("properties", {}))}), **options)
    assert isinstance(mapped, Mapped)
    return {fix.partition(":")[0] for fix in mapped.fixes}


@pytest.mark.parametrize(("rule_id", "pair"), CASES.items(), ids=CASES)
def test_a_change_is_recorded_one_beyond_the_limit(rule_id: str, pair: Pair) -> None:
    assert rule_id not in rules_of(pair.good, pair.options)
    assert rule_id in rules_of(pair.bad, pair.options)


@pytest.mark.parametrize(("rule_id", "pair"), TRAITS.items(), ids=TRAITS)
def test_a_change_of_traits_is_recorded(rule_id: str, pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    at, beyond = (to_properties(json.dumps(traits))[1] for traits in pair)

    assert at == ()
    assert [fix.partition(":")[0] for fix in beyond] == [rule_id]


def test_a_user_id_that_is_too_long_stays_here() -> None:
    assert fixed_user_id("ü" * 256) == ("ü" * 256, ())
    assert fixed_user_id("ü" * 257) == (None, ("user_id_length",))


def test_every_rule_that_is_mended_has_a_case() -> None:
    mended = {rule.id for rule in RULES.values() if rule.outcome == "fixed"} - OF_PLANS - OF_REQUESTS

    assert mended | CHANGES.keys() == {*CASES, *TRAITS, "user_id_length"}
