"""Segment's e-commerce and account events → GA4's recommended ones. Pure functions.

https://segment.com/docs/connections/spec/ecommerce/v2/ and GA4's reference of events, read 2026-11. Events that have
GA4's own names already get the same care: items cleaned, types kept. ``value`` is what the event says (``value``, else
``revenue``), else the sum of price times quantity where every item has its price and a currency is named; ``total`` is
not taken: it holds tax and shipping. A currency is never invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracking_pipeline.delivery.ga4.fixes import fix
from tracking_pipeline.delivery.ga4.items import LINKS, SPEC_NAMES, to_items, total
from tracking_pipeline.delivery.ga4.params import Value, currency


@dataclass(frozen=True, slots=True)
class Form:
    """A GA4 event: its name, what its parameters are called in Segment's, whether the event is about one product."""

    name: str
    renames: Mapping[str, str]
    is_one: bool = False


def _form(ga4: str, /, **renames: str) -> Form:
    return Form(ga4, renames)


def _one(ga4: str, /, **renames: str) -> Form:
    return Form(ga4, renames, is_one=True)


_PROMOTION = {"name": "promotion_name", "creative": "creative_name", "position": "creative_slot"}
_LIST = {"list_id": "item_list_id", "list_name": "item_list_name", "category": "item_list_name"}
SPEC = {
    "products searched": _form("search", query="search_term"),
    "product list viewed": _form("view_item_list", **_LIST),
    "product list filtered": _form("view_item_list", **_LIST),
    "product clicked": _one("select_item", list_id="item_list_id"),
    "product viewed": _one("view_item"),
    "product added": _one("add_to_cart"),
    "product removed": _one("remove_from_cart"),
    "product added to wishlist": _one("add_to_wishlist"),
    "product shared": _one("share", share_via="method"),
    "cart shared": _form("share", share_via="method"),
    "cart viewed": _form("view_cart"),
    "checkout started": _form("begin_checkout", order_id="transaction_id"),
    "checkout step completed": _form("add_shipping_info", shipping_method="shipping_tier"),
    "shipping info entered": _form("add_shipping_info", shipping_method="shipping_tier"),
    "payment info entered": _form("add_payment_info", order_id="transaction_id", payment_method="payment_type"),
    "order completed": _form("purchase", order_id="transaction_id"),
    "order refunded": _form("refund", order_id="transaction_id"),
    "promotion viewed": _form("view_promotion", **_PROMOTION),
    "promotion clicked": _form("select_promotion", **_PROMOTION),
    "signed up": _form("sign_up"),
    "signed in": _form("login"),
}
OWN = {form.name: Form(form.name, {}) for form in SPEC.values()}
# Of an event about one product these say something of the product; the rest is the event's own.
PRODUCT_FIELDS = frozenset({*SPEC_NAMES, *LINKS, "sku", "price", "quantity", "coupon", "discount"})
SUMMED = frozenset(form.name for form in SPEC.values()) - {"search", "share", "sign_up", "login", "refund"}


@dataclass(frozen=True, slots=True)
class Sale:
    """An event in GA4's form: what comes first in any case, its other properties, what was changed."""

    name: str
    first: dict[str, Value]
    own: dict[str, Any]
    fixes: tuple[str, ...]


def form_of(event_name: str) -> Form | None:
    """Return the form of an event by its name: Segment's in any case, or GA4's own."""
    return OWN.get(event_name) or SPEC.get(event_name.strip().casefold())


def to_sale(form: Form, event_name: str, properties: Mapping[str, Any], *, category_levels: bool = False) -> Sale:
    """Put an event into its form; ``category_levels``: a product's category is a path."""
    own = dict(properties)
    products = own.pop("products", None)
    products = own.pop("items", products)
    if products is None and form.is_one:
        products = [{name: own.pop(name) for name in tuple(own) if name in PRODUCT_FIELDS - form.renames.keys()}]
    for spec, name in form.renames.items():
        if spec in own and name not in own:
            own[name] = own.pop(spec)
    items, fixes = ([], ()) if products is None else to_items(products, category_levels=category_levels)
    first: dict[str, Value] = {"items": items} if items else {}
    own = _with_value(form, own, items)
    renamed = () if form.name == event_name else (fix("spec_name", form.name),)
    return Sale(form.name, first, own, renamed + fixes)


def _with_value(form: Form, own: dict[str, Any], items: list[dict[str, Any]]) -> dict[str, Any]:
    """Put the amounts first; ``revenue`` is the value where no value is said."""
    if own.get("value") is None and own.get("revenue") is not None:
        own["value"] = own.pop("revenue")
    if "value" not in own and form.name in SUMMED and currency(own.get("currency")):
        summed = total(items)
        own |= {} if summed is None else {"value": summed}
    first = [name for name in ("transaction_id", "value", "currency") if name in own]
    return {name: own[name] for name in first} | own
