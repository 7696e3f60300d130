"""Rules of one event's parameters; RELAXED drops the parameter, ENFORCE the event.

https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference (validation behavior),
read 2026-09-25. The wordings are ours.
"""

from collections.abc import Iterator
from typing import Any

from tracking_pipeline.protocol.findings import Finding, Place
from tracking_pipeline.protocol.items import check_items
from tracking_pipeline.protocol.limits import (
    CURRENCY,
    MAX_LONG_VALUE_CHARS,
    MAX_NAME_CHARS,
    MAX_PARAMS,
    MAX_VALUE_CHARS,
    NAME,
    NEEDED_PARAMS,
    NUMBER_PARAMS,
    RESERVED_PARAM_PREFIXES,
    RESERVED_PARAMS,
    SESSION_ID,
    STRING_PARAMS,
)
from tracking_pipeline.protocol.payload import Event
from tracking_pipeline.protocol.values import is_number

Fault = tuple[str, str]  # rule id, what is wrong


def check_params(index: int, event: Event) -> Iterator[Finding]:
    """Find what GA4 refuses, drops or cannot report in one event's parameters."""
    path = f"events[{index}].params"
    place: Place = ("events", index, "params")
    if len(event.params) > MAX_PARAMS:
        text = f"{path} has [{len(event.params)}] parameters; at most [{MAX_PARAMS}] are kept."
        yield Finding("params_max", text, path, index, (*place, list(event.params)[MAX_PARAMS]))
    for name, value in event.params.items():
        if name == "items":
            yield from check_items(index, value, param_name_fault)
            continue
        faults = filter(None, (param_name_fault(name), _value_fault(name, value)))
        for rule_id, text in faults:
            yield Finding(rule_id, f"{path}.{name[:100]}: {text}", f"{path}.{name[:100]}", index, (*place, name))
    for rule_id, about, text in _advice(event):
        yield Finding(rule_id, text, None, index, (*place, about) if about in event.params else place[:2])


def param_name_fault(name: str) -> Fault | None:
    """Return the rule that a parameter's name breaks (an item's parameter too), and what is wrong with it."""
    if name in RESERVED_PARAMS or name.startswith(RESERVED_PARAM_PREFIXES):
        return "param_reserved", "the parameter name is reserved."
    if not NAME.fullmatch(name):
        return "param_name", "not letters, digits and underscores, letter first."
    if len(name) > MAX_NAME_CHARS:
        return "param_name_length", f"the name has more than [{MAX_NAME_CHARS}] characters."
    return None


def _value_fault(name: str, value: Any) -> Fault | None:
    limit = MAX_LONG_VALUE_CHARS.get(name, MAX_VALUE_CHARS)
    if value is None or isinstance(value, dict | list):
        return "param_nested", "null, objects and arrays are no parameter values."
    if name == "session_id":
        text = "session_id has to be digits only, the session's start in seconds."
        return None if _is_session_id(value) else ("session_id", text)
    if isinstance(value, str) and len(value) > limit:
        return "param_length", f"the value has more than [{limit}] characters."
    return _type_fault(name, value)


def _type_fault(name: str, value: Any) -> Fault | None:
    if name in NUMBER_PARAMS and not is_number(value):
        return "param_type", "the value has to be a number."
    if name in STRING_PARAMS and not isinstance(value, str):
        return "param_type", "the value has to be a string."
    if name == "currency" and not CURRENCY.fullmatch(value):
        return "currency", "the value has to be three upper-case letters (ISO 4217)."
    return None


def _advice(event: Event) -> Iterator[tuple[str, str, str]]:
    """Remark what is accepted and then missing in reports: rule, the parameter it is about, text."""
    params = event.params
    if "session_id" not in params:
        yield "session_missing", "session_id", "no session_id: the event belongs to no session in reports."
    engagement = params.get("engagement_time_msec")
    if not (is_number(engagement) and engagement > 0):
        text = "engagement_time_msec is not positive: the user does not count as active."
        yield "engagement", "engagement_time_msec", text
    if "value" in params and "currency" not in params:
        yield "value_currency", "value", "value without currency: revenue is not computed."
    if params.get("transaction_id") == "":
        yield "transaction_id", "transaction_id", "transaction_id is empty: all such purchases count as one."
    if "timestamp_micros" in params:
        text = "timestamp_micros inside params is an ordinary parameter; it belongs beside name."
        yield "time_in_params", "timestamp_micros", text
    if params.get("debug_mode", True) in (False, 0, "false", "0"):
        yield "debug_mode", "debug_mode", "debug_mode that says no does not switch it off."
    for name in NEEDED_PARAMS.get(event.name, ()):
        if name not in params or params[name] == []:
            yield "needed_params", name, f"{event.name} without {name}: reports of it have a gap."


def _is_session_id(value: Any) -> bool:
    if isinstance(value, str):
        return SESSION_ID.fullmatch(value) is not None
    return is_number(value) and value >= 0 and value == int(value)
