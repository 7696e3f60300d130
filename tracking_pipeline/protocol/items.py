"""Rules of an event's ``items``. The wordings are ours but for the item's price, which is observed."""

from collections.abc import Callable, Iterator
from typing import Any

from tracking_pipeline.protocol.findings import Finding, Place
from tracking_pipeline.protocol.limits import (
    MAX_CUSTOM_ITEM_PARAMS,
    MAX_ITEMS,
    MAX_VALUE_CHARS,
    NUMBER_ITEM_PARAMS,
    STRING_ITEM_PARAMS,
)
from tracking_pipeline.protocol.values import is_number, reads_as_number

NameFault = Callable[[str], tuple[str, str] | None]


def check_items(index: int, items: Any, name_fault: NameFault) -> Iterator[Finding]:
    """Find what is wrong with the items of the event at ``index``."""
    path, place = f"events[{index}].params.items", ("events", index, "params", "items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        yield Finding("items", f"{path}: items has to be an array of objects.", path, index, place)
        return
    if len(items) > MAX_ITEMS:
        yield Finding("items_max", f"{path}: more than [{MAX_ITEMS}] items.", path, index, (*place, MAX_ITEMS))
    for number, item in enumerate(items):
        yield from _check_item(index, f"{path}[{number}]", (*place, number), item, name_fault)


def _check_item(index: int, path: str, place: Place, item: dict[str, Any], name_fault: NameFault) -> Iterator[Finding]:
    if not (item.get("item_id") or item.get("item_name")):
        yield Finding("item_id", f"{path}: one of item_id or item_name is required.", path, index, place)
    custom = [name for name in item if name not in NUMBER_ITEM_PARAMS | STRING_ITEM_PARAMS]
    if len(custom) > MAX_CUSTOM_ITEM_PARAMS:
        text = f"{path}: can have at most [{MAX_CUSTOM_ITEM_PARAMS}] custom params."
        yield Finding("item_custom_max", text, path, index, (*place, custom[MAX_CUSTOM_ITEM_PARAMS]))
    for name, value in item.items():
        if name in NUMBER_ITEM_PARAMS and isinstance(value, str) and not reads_as_number(value):
            text = (
                f"Validation of item.{name} should prevent conversion from unsupported value "
                f'[string_value: "{value[:100]}"]'
            )
            yield Finding("item_number", text, None, index, (*place, name))
            continue
        for rule_id, text in filter(None, (name_fault(name), _value_fault(name, value))):
            field = f"{path}.{name[:100]}"
            yield Finding(rule_id, f"{field}: {text}", field, index, (*place, name))


def _value_fault(name: str, value: Any) -> tuple[str, str] | None:
    if value is None or isinstance(value, dict | list):
        return "param_nested", "null, objects and arrays are no item values."
    if isinstance(value, str) and len(value) > MAX_VALUE_CHARS:
        return "param_length", f"the value has more than [{MAX_VALUE_CHARS}] characters."
    if name in NUMBER_ITEM_PARAMS and not is_number(value):
        return "param_type", "the value has to be a number."
    return None
