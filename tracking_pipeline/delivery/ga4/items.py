"""An event's products → GA4's ``items``: names, types, limits. Pure functions.

Takes Segment's product fields and GA4's own. Nothing is made up: a product without an id or a name is left out, a
price that is no number too. https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference/events
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ingest_api import masking
from ingest_api.param_names import param_rule
from tracking_pipeline.delivery.ga4 import names, rules
from tracking_pipeline.delivery.ga4.fixes import fix
from tracking_pipeline.delivery.ga4.params import Item, currency, named
from tracking_pipeline.delivery.ga4.values import Scalar, amount, label, scalar

# Segment's product fields, https://segment.com/docs/connections/spec/ecommerce/v2/
SPEC_NAMES = {
    "product_id": "item_id",
    "name": "item_name",
    "category": "item_category",
    "brand": "item_brand",
    "variant": "item_variant",
    "position": "index",
    "list_id": "item_list_id",
    "list_name": "item_list_name",
}
LINKS = frozenset({"url", "image_url"})  # of the shop's own pages; GA4 has no place for them
ITEM = "items"
LEVELS = frozenset(f"item_category{level}" for level in range(2, 6))
_SIGNS = re.compile(r"\s*[/>]\s*")


def to_items(products: Any, *, category_levels: bool = False) -> tuple[list[Item], tuple[str, ...]]:
    """Return the items of a list of products, and what was changed; no list is no item.

    ``category_levels``: a category such as `Home > Kitchen / Pans` is split into GA4's five levels.
    """
    if not isinstance(products, list):
        return [], (ITEM,)
    fixes: dict[str, None] = {}
    items: list[Item] = []
    for product in products:
        if not isinstance(product, dict):
            fixes[ITEM] = None
            continue
        item, changed = _item(_with_levels(product) if category_levels else product)
        if not {"item_id", "item_name"} & item.keys():
            fixes[fix("item_id", ITEM)] = None
            continue
        items.append(item)
        fixes |= dict.fromkeys(changed)
    if len(items) > rules.MAX_ITEMS:
        fixes[fix("items_max", ITEM)] = None
    return items[: rules.MAX_ITEMS], tuple(fixes)


def total(items: Sequence[Item]) -> float | None:
    """Return the sum of price times quantity (1 where an item says none); None unless every item says its price."""
    prices = [(item.get("price"), item.get("quantity", 1)) for item in items]
    if not prices or not all(isinstance(n, int | float) for pair in prices for n in pair):
        return None
    return float(sum((Decimal(str(price)) * Decimal(str(quantity)) for price, quantity in prices), Decimal()))


def _with_levels(product: Mapping[str, Any]) -> Mapping[str, Any]:
    """Split a product's category at its signs; the fifth level keeps the rest. One that says levels itself stays."""
    field = "item_category" if "item_category" in product else "category"
    path = product.get(field)
    if not isinstance(path, str) or not LEVELS.isdisjoint(product):
        return product
    levels = [level for level in _SIGNS.split(path.strip("/> "), len(LEVELS)) if level]
    if len(levels) < 2:
        return product
    rest = {name: value for name, value in product.items() if name not in ("category", "item_category")}
    return rest | dict(zip(("item_category", *sorted(LEVELS)), levels, strict=False))


def _item(product: Mapping[str, Any]) -> tuple[Item, tuple[str, ...]]:
    item: Item = {}
    own: Item = {}
    fixes: list[str] = []
    for raw_name, raw_value in product.items():
        if raw_name in LINKS or raw_value in ("", None):
            continue
        name, changed = _name(raw_name, product)
        fixes += changed
        value, changed = (None, ()) if name is None else _value(name, raw_value)
        fixes += changed
        if name is not None and value is not None:
            into = item if name in rules.NUMBER_ITEM_PARAMS | rules.STRING_ITEM_PARAMS else own
            into.setdefault(name, value)
    fixes += [fix("item_custom_max", _path(name)) for name in list(own)[rules.MAX_CUSTOM_ITEM_PARAMS :]]
    return item | dict(list(own.items())[: rules.MAX_CUSTOM_ITEM_PARAMS]), tuple(fixes)


def _name(raw_name: str, product: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    """Return a field's GA4 name; ``sku`` is the id of a product that says no other."""
    spec = SPEC_NAMES.get(raw_name)
    if spec and spec not in product:
        return spec, ()
    if raw_name == "sku" and not product.get("product_id") and not product.get("item_id"):
        return "item_id", ()
    name, changed = names.fixed_param_name(raw_name)
    if name is None or masking.mask(raw_name) != raw_name:
        return None, tuple(fix(each.partition(":")[0], ITEM) for each in changed) or (fix("private", ITEM),)
    if param_rule(name) == "drop":
        return None, (fix("private", _path(name)),)
    return name, changed


def _value(name: str, raw_value: Any) -> tuple[Scalar | None, tuple[str, ...]]:
    path = _path(name)
    if name in rules.NUMBER_ITEM_PARAMS:
        number = amount(raw_value)
        return number, () if type(number) is type(raw_value) else (fix("item_number", path),)
    if name == "currency":
        code = currency(raw_value)
        return code, () if code == raw_value else (fix("currency", path),)
    value = label(raw_value) if name in rules.STRING_ITEM_PARAMS else scalar(raw_value)
    taken = named(path, raw_value, value, is_public=param_rule(name) == "public")
    if name == "item_id" and isinstance(value, str) and taken.value != value:
        return None, taken.fixes  # two products that are masked or cut would be one
    return (taken.value if taken.name else None), taken.fixes


def _path(name: str) -> str:
    return f"{ITEM}.{name}"
