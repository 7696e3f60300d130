"""Every name of the catalogue is one that GA4 keeps, and an event's own parameters all fit."""

import dataclasses

import pytest

from ingest_api.catalogue import Catalogue, EventPlan, Param, catalogue
from tracking_pipeline.delivery.ga4 import rules

MAX_KEY_EVENT = 38  # a margin: GA4 is said to append two characters to a key event's name
OURS = 2  # session_id and engagement_time_msec
RESERVED_EVENTS = rules.RESERVED_EVENTS | rules.APP_ONLY_EVENTS


def faults_of_event(event: EventPlan, found: Catalogue) -> list[str]:
    """List what GA4 would not take of an event."""
    faults = []
    if not rules.NAME.fullmatch(event.ga4) or len(event.ga4) > MAX_KEY_EVENT:
        faults.append("name")
    if event.ga4 in RESERVED_EVENTS:
        faults.append("reserved")
    if event.ga4.startswith((*rules.UNSAFE_EVENT_PREFIXES, "_", "gtag")):
        faults.append("prefix")
    if sum(found.params[name].is_forwarded for name in event.params) > rules.MAX_PARAMS - OURS:
        faults.append("room")
    return faults


def faults_of_param(param: Param) -> list[str]:
    """List what GA4 would not take of a parameter."""
    faults = []
    if not rules.NAME.fullmatch(param.ga4):
        faults.append("name")
    if param.ga4 in rules.OURS | {"user_id", "items", "currency"}:
        faults.append("reserved")
    if param.ga4.startswith((*rules.RESERVED_PARAM_PREFIXES, "gtag")):
        faults.append("prefix")
    if param.is_forwarded and param.kind in ("list", "object"):
        faults.append("nested")
    return faults


def test_ga4_takes_every_event() -> None:
    faults = {event.name: faults_of_event(event, catalogue()) for event in catalogue().events.values()}

    assert {name: found for name, found in faults.items() if found} == {}


def test_ga4_takes_every_parameter() -> None:
    faults = {param.name: faults_of_param(param) for param in catalogue().params.values()}

    assert {name: found for name, found in faults.items() if found} == {}


EVENT = next(iter(catalogue().events.values()))
PARAM = next(iter(catalogue().params.values()))
BAD_EVENTS = {"a-b": "name", "a" * 39: "name", "1a": "name", "session_start": "reserved", "ga_x": "prefix"}
BAD_PARAMS = {
    "a b": "name",
    "a" * 41: "name",
    "session_id": "reserved",
    "google_x": "prefix",
    "_x": "prefix",
    "gtagx": "prefix",
}


@pytest.mark.parametrize(("name", "fault"), BAD_EVENTS.items())
def test_the_rules_find_a_bad_event_name(name: str, fault: str) -> None:
    assert fault in faults_of_event(dataclasses.replace(EVENT, ga4=name), catalogue())


@pytest.mark.parametrize(("name", "fault"), BAD_PARAMS.items())
def test_the_rules_find_a_bad_parameter_name(name: str, fault: str) -> None:
    assert fault in faults_of_param(dataclasses.replace(PARAM, ga4=name))


def test_the_rules_find_an_event_with_too_many_parameters() -> None:
    public = [param.name for param in catalogue().params.values() if param.is_forwarded]
    full, over = (dataclasses.replace(EVENT, params=tuple(public[:count])) for count in (23, 24))

    assert faults_of_event(full, catalogue()) == []
    assert faults_of_event(over, catalogue()) == ["room"]


NEVER_LEAVE = ("wallet_address", "wallet_addresses", "tx_hash", "transaction_hash", "transaction_link", "payload")


def test_what_leads_to_a_wallet_stays() -> None:
    assert [name for name in NEVER_LEAVE if catalogue().params[name].is_forwarded] == []


def test_a_name_that_says_address_is_a_token_s_or_stays() -> None:
    forwarded = {name for name, param in catalogue().params.items() if "address" in name and param.is_forwarded}

    assert forwarded == {
        "from_token_address",
        "to_token_address",
        "search_first_result_address",
        "search_address_type",
        "is_address",
    }
