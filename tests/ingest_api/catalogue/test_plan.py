"""What is off the plan: a table; and that a judgement takes no more than it may."""

import json

import pytest

from ingest_api.catalogue import make_judge

judge = make_judge()
STARTED = "lifi_route_execution_started"
CASES = {
    "on the plan": (STARTED, {"route_id": "r", "from_chain_id": 1, "from_amount_usd": "1.5"}, False, None),
    "nothing in it": (STARTED, {}, False, None),
    "no properties": (STARTED, None, False, None),
    "null is absent": (STARTED, {"from_chain_id": None, "origin": None, "from_amount": None}, False, None),
    "parameters of another event": (STARTED, {"tab_name": "gas"}, False, None),
    "number where text is due": (STARTED, {"route_id": 7}, False, "wrong_type:route_id"),
    "text where a number is due": (STARTED, {"from_chain_id": "1"}, False, "wrong_type:from_chain_id"),
    "true is no number": (STARTED, {"from_chain_id": True}, False, "wrong_type:from_chain_id"),
    "a fraction is no integer": (STARTED, {"attempt": 1.5}, False, "wrong_type:attempt"),
    "decimal as a number": (STARTED, {"from_amount_usd": 1.5}, False, None),
    "decimal with a sign": (STARTED, {"from_amount_usd": "-0.5e3"}, False, None),
    "decimal zero": (STARTED, {"from_amount_usd": "0", "to_amount_usd": 0}, False, None),
    "decimal of words": (STARTED, {"from_amount_usd": "a lot"}, False, "wrong_type:from_amount_usd"),
    "base units as a number": (STARTED, {"from_amount": 10**19}, False, "wrong_type:from_amount"),
    "base units as text": (STARTED, {"from_amount": "1" * 78}, False, None),
    "base units with a point": (STARTED, {"from_amount": "1.5"}, False, "wrong_type:from_amount"),
    "value outside its list": (STARTED, {"origin": "robot"}, False, "wrong_type:origin"),
    "scalar": ("switch_theme", {"switched_theme": "dark", "event_value": 3}, False, None),
    "object in a scalar": ("switch_theme", {"switched_theme": {}}, False, "wrong_type:switched_theme"),
    "parameter nobody described": ("switch_tab", {"flavour": "x"}, False, "unknown_parameter"),
    "a site's own event": ("Swap Started", {"anything": {"goes": 1}}, False, None),
    "a site's own event, strict": ("Swap Started", {}, True, "unknown_event"),
    "a newer widget's event": ("lifi_brand_new", {}, False, "unknown_event"),
    "on the plan, strict": ("switch_tab", {"tab_name": "gas"}, True, None),
}


@pytest.mark.parametrize(("name", "properties", "strict", "expected"), CASES.values(), ids=CASES)
def test_off_plan_says_why(name: str, properties: object, strict: bool, expected: str | None) -> None:
    decoded = json.loads(json.dumps(properties))

    assert judge(name, decoded, strict) == expected
