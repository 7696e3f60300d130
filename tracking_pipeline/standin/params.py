"""Rules of one event's parameters and items; RELAXED drops the parameter, ENFORCE the event.

https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference (validation behavior),
read 2026-09-25. The wordings are ours but for the item's price, which is observed.
"""

import math
from collections.abc import Iterator
from typing import Any, TypeGuard

from tracking_pipeline.standin.findings import Finding
from tracking_pipeline.standin.limits import (
    CURRENCY,
    MAX_CUSTOM_ITEM_PARAMS,
    MAX_ITEMS,
    MAX_LONG_VALUE_CHARS,
    MAX_NAME_CHARS,
    MAX_PARAMS,
    MAX_VALUE_CHARS,
    NAME,
    NUMBER_ITEM_PARAMS,
    NUMBER_PARAMS,
    RESERVED_PARAM_PREFIXES,
    RESERVED_PARAMS,
    SESSION_ID,
    STRING_ITEM_PARAMS,
    STRING_PARAMS,
)
from tracking_pipeline.standin.payload import Code, Event


def check_params(index: int, event: Event) -> Iterator[Finding]:
    """Find what GA4 refuses, drops or cannot report in one event's parameters."""
    path = f"events[{index}].params"
    if len(event.params) > MAX_PARAMS:
        text = f"{path} has [{len(event.params)}] parameters; at most [{MAX_PARAMS}] are kept."
        yield Finding("enforced", "EXCEEDED_MAX_ENTITIES", text, path, index)
    for name, value in event.params.items():
        if name == "items":
            yield from _check_items(index, value)
            continue
        for code, text in (*_name_faults(name), *_value_faults(name, value)):
            yield _finding(index, code, f"{path}.{name[:100]}", text)
    yield from _advise(index, event.params)


def _finding(index: int, code: Code, path: str, text: str) -> Finding:
    return Finding("enforced", code, f"{path}: {text}", path, index)


def _name_faults(name: str) -> Iterator[tuple[Code, str]]:
    if name in RESERVED_PARAMS or name.startswith(RESERVED_PARAM_PREFIXES):
        yield "NAME_RESERVED", "the parameter name is reserved."
    elif not NAME.fullmatch(name) or len(name) > MAX_NAME_CHARS:
        yield "NAME_INVALID", f"not letters, digits and underscores, at most [{MAX_NAME_CHARS}], letter first."


def _value_faults(name: str, value: Any) -> Iterator[tuple[Code, str]]:
    limit = MAX_LONG_VALUE_CHARS.get(name, MAX_VALUE_CHARS)
    if value is None or isinstance(value, dict | list):
        yield "VALUE_INVALID", "null, objects and arrays are no parameter values."
    elif name == "session_id":
        if not _is_session_id(value):
            yield "VALUE_INVALID", "session_id has to be digits only, the session's start in seconds."
    elif isinstance(value, str) and len(value) > limit:
        yield "VALUE_OUT_OF_BOUNDS", f"the value has more than [{limit}] characters."
    elif name in NUMBER_PARAMS and not _is_number(value):
        yield "VALUE_INVALID", "the value has to be a number."
    elif name in STRING_PARAMS and not isinstance(value, str):
        yield "VALUE_INVALID", "the value has to be a string."
    elif name == "currency" and not CURRENCY.fullmatch(value):
        yield "VALUE_INVALID", "the value has to be three upper-case letters (ISO 4217)."


def _check_items(index: int, items: Any) -> Iterator[Finding]:
    path = f"events[{index}].params.items"
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        yield _finding(index, "VALUE_INVALID", path, "items has to be an array of objects.")
        return
    if len(items) > MAX_ITEMS:
        yield _finding(index, "EXCEEDED_MAX_ENTITIES", path, f"more than [{MAX_ITEMS}] items.")
    for number, item in enumerate(items):
        yield from _check_item(index, f"{path}[{number}]", item)


def _check_item(index: int, path: str, item: dict[str, Any]) -> Iterator[Finding]:
    if not (item.get("item_id") or item.get("item_name")):
        yield _finding(index, "VALUE_REQUIRED", path, "one of item_id or item_name is required.")
    custom = item.keys() - NUMBER_ITEM_PARAMS - STRING_ITEM_PARAMS
    if len(custom) > MAX_CUSTOM_ITEM_PARAMS:
        text = f"can have at most [{MAX_CUSTOM_ITEM_PARAMS}] custom params."
        yield _finding(index, "EXCEEDED_MAX_ENTITIES", path, text)
    for name, value in item.items():
        if name in NUMBER_ITEM_PARAMS and isinstance(value, str) and not _reads_as_number(value):
            text = (
                f"Validation of item.{name} should prevent conversion from unsupported value "
                f'[string_value: "{value[:100]}"]'
            )
            yield Finding("malformed", "INTERNAL_ERROR", text, None, index)
            continue
        for code, text in (*_name_faults(name), *_item_value_faults(name, value)):
            yield _finding(index, code, f"{path}.{name[:100]}", text)


def _item_value_faults(name: str, value: Any) -> Iterator[tuple[Code, str]]:
    if value is None or isinstance(value, dict | list):
        yield "VALUE_INVALID", "null, objects and arrays are no item values."
    elif isinstance(value, str) and len(value) > MAX_VALUE_CHARS:
        yield "VALUE_OUT_OF_BOUNDS", f"the value has more than [{MAX_VALUE_CHARS}] characters."
    elif name in NUMBER_ITEM_PARAMS and not _is_number(value):
        yield "VALUE_INVALID", "the value has to be a number."


def _advise(index: int, params: dict[str, Any]) -> Iterator[Finding]:
    """Remark what is accepted and then missing in reports (reporting parameters, REF; value and currency)."""
    advice = []
    if "session_id" not in params:
        advice.append("no session_id: the event belongs to no session in reports.")
    engagement = params.get("engagement_time_msec")
    if not (_is_number(engagement) and engagement > 0):
        advice.append("engagement_time_msec is not positive: the user does not count as active.")
    if "value" in params and "currency" not in params:
        advice.append("value without currency: revenue is not computed.")
    if "timestamp_micros" in params:
        advice.append("timestamp_micros inside params is an ordinary parameter; it belongs beside name.")
    for text in advice:
        yield Finding("advice", "VALUE_INVALID", text, None, index)


def _is_session_id(value: Any) -> bool:
    if isinstance(value, str):
        return SESSION_ID.fullmatch(value) is not None
    return _is_number(value) and value >= 0 and value == int(value)


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _reads_as_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
