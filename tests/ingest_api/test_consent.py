"""What an event's context says of consent."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_api.consent import Consent, Rules, consent_of, daily_id

OFF, REQUIRED, SIGNALLED = Rules(), Rules(required=True), Rules(signalled=True)
SAID: dict[str, tuple[Any, str | None, str | None]] = {
    "granted": ({"consent": "granted"}, "granted", None),
    "denied, upper case": ({"consent": "DENIED"}, "denied", None),
    "yes": ({"consent": True}, "granted", None),
    "no": ({"consent": False}, "denied", None),
    "all categories": (
        {"consent": {"categoryPreferences": {"Advertising": True, "Functional": True}}},
        "granted",
        '{"Advertising":true,"Functional":true}',
    ),
    "one category not": (
        {"consent": {"categoryPreferences": {"Advertising": True, "Functional": False}}},
        "denied",
        '{"Advertising":true,"Functional":false}',
    ),
    "the category of analytics decides": (
        {"consent": {"categoryPreferences": {"Advertising": False, "Analytics": True}}},
        "granted",
        '{"Advertising":false,"Analytics":true}',
    ),
    "analytics not": (
        {"consent": {"categoryPreferences": {"C0001": True, "C0002": False}}},
        "denied",
        '{"C0001":true,"C0002":false}',
    ),
    "Google's names": (
        {"consent": {"analytics_storage": "granted", "ad_storage": "denied"}},
        "granted",
        '{"analytics_storage":true,"ad_storage":false}',
    ),
    "RudderStack's lists": (
        {"consentManagement": {"allowedConsentIds": ["C0001"], "deniedConsentIds": ["C0002"]}},
        "denied",
        '{"C0001":true,"C0002":false}',
    ),
    "no categories": ({"consent": {"categoryPreferences": {}}}, None, None),
    "another word": ({"consent": "maybe"}, None, None),
    "nothing": ({}, None, None),
    "no context": (None, None, None),
    "odd kinds": ({"consent": [1], "consentManagement": 7}, None, None),
    "odd values": ({"consent": {"categoryPreferences": {"a": 1, "b": None}}}, None, None),
}


@pytest.mark.parametrize(("context", "state", "categories"), SAID.values(), ids=SAID)
def test_what_an_event_says_counts(context: Any, state: str | None, categories: str | None) -> None:
    assert consent_of(context, OFF) == Consent(state, categories)
    assert consent_of(context, REQUIRED) == Consent(state or "unknown", categories)
    assert consent_of(context, SIGNALLED) == Consent("denied", categories)


def test_categories_about_analytics_can_be_named() -> None:
    context = {"consent": {"categoryPreferences": {"Marketing": False, "Insights": True}}}

    assert consent_of(context, Rules(categories=frozenset({"insights"}))).state == "granted"
    assert consent_of(context, Rules(categories=frozenset({"marketing", "insights"}))).state == "denied"


def test_only_who_agreed_or_was_not_asked_is_known() -> None:
    states = (None, "granted", "denied", "unknown")

    assert [Consent(state).is_given for state in states] == [True, True, False, False]


def test_daily_id_has_the_shape_of_a_uuid_and_needs_the_salt() -> None:
    made = daily_id(b"salt", "site", "203.0.113.7", "Firefox")

    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made)
    assert made == daily_id(b"salt", "site", "203.0.113.7", "Firefox")
    others = [(b"pepper", "site", "203.0.113.7"), (b"salt", "shop", "203.0.113.7"), (b"salt", "site", "203.0.113.8")]
    assert made not in [daily_id(*other, "Firefox") for other in others]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["granted", "denied"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["consent", "categoryPreferences", "allowedConsentIds", "analytics"]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["consent", "consentManagement"]), values))
def test_any_context_gives_a_state(context: dict[str, Any]) -> None:
    assert consent_of(context, REQUIRED).state in ("granted", "denied", "unknown")
