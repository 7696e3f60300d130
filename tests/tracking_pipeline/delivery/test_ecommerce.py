"""Segment's e-commerce events and GA4's own: names, items, amounts."""

import json
from typing import Any

import pytest

from tests.tracking_pipeline.delivery.test_mapping import EVM, tracked
from tracking_pipeline.delivery.ga4 import ecommerce, rules
from tracking_pipeline.delivery.ga4.items import LEVELS, to_items, total

NAMES = {
    "Products Searched": "search",
    "Product List Viewed": "view_item_list",
    "Product List Filtered": "view_item_list",
    "Product Clicked": "select_item",
    "Product Viewed": "view_item",
    "Product Added": "add_to_cart",
    "Product Removed": "remove_from_cart",
    "Product Added to Wishlist": "add_to_wishlist",
    "Product Shared": "share",
    "Cart Shared": "share",
    "Cart Viewed": "view_cart",
    "Checkout Started": "begin_checkout",
    "Checkout Step Completed": "add_shipping_info",
    "Shipping Info Entered": "add_shipping_info",
    "Payment Info Entered": "add_payment_info",
    "Order Completed": "purchase",
    "Order Refunded": "refund",
    "Promotion Viewed": "view_promotion",
    "Promotion Clicked": "select_promotion",
    "Signed Up": "sign_up",
    "Signed In": "login",
}


@pytest.mark.parametrize(("sent", "name"), NAMES.items(), ids=NAMES)
def test_segment_s_names_leave_as_ga4_s(sent: str, name: str) -> None:
    found = tracked({}, event_name=sent)

    assert (found.name, found.fixes[:1]) == (name, (f"spec_name:{name}",))
    assert tracked({}, event_name=name).name == name


def test_every_form_is_one_of_these() -> None:
    assert {name.casefold() for name in NAMES} == ecommerce.SPEC.keys()


ORDER = {
    "order_id": "T-1",
    "affiliation": "Shop",
    "total": 30.5,
    "revenue": 25.0,
    "shipping": 3,
    "tax": 2.5,
    "coupon": "SUMMER",
    "currency": "EUR",
    "products": [
        {
            "product_id": "p1",
            "sku": "G-32",
            "name": "Monopoly",
            "price": 14,
            "quantity": 1,
            "category": "Games",
            "brand": "Hasbro",
            "variant": "3rd",
            "position": 2,
            "coupon": "X",
            "url": "https://shop.test/p1",
            "image_url": "https://shop.test/p1.jpg",
            "colour": "red",
        },
        {"sku": "F-32", "name": "UNO", "price": "11", "quantity": 1},
    ],
}


def test_an_order_is_a_purchase() -> None:
    found = tracked(ORDER, event_name="Order Completed")

    assert found.name == "purchase"
    assert found.params == {
        "items": [
            {
                "item_id": "p1",
                "item_name": "Monopoly",
                "price": 14,
                "quantity": 1,
                "item_category": "Games",
                "item_brand": "Hasbro",
                "item_variant": "3rd",
                "index": 2,
                "coupon": "X",
                "sku": "G-32",
                "colour": "red",
            },
            {"item_id": "F-32", "item_name": "UNO", "price": 11.0, "quantity": 1},
        ],
        "transaction_id": "T-1",
        "value": 25.0,
        "currency": "EUR",
        "affiliation": "Shop",
        "total": 30.5,
        "shipping": 3,
        "tax": 2.5,
        "coupon": "SUMMER",
    }
    assert list(found.params)[:4] == ["items", "transaction_id", "value", "currency"]
    assert found.fixes == ("spec_name:purchase", "item_number:items.price")


PATHS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({"category": "Games"}, {"item_category": "Games"}),
    "two": ({"category": "Home > Pans"}, {"item_category": "Home", "item_category2": "Pans"}),
    "GA4's name": ({"item_category": "/a/b/"}, {"item_category": "a", "item_category2": "b"}),
    "six": (
        {"category": "a/b/c/d/e/f"},
        {"item_category": "a", **dict(zip(sorted(LEVELS), ("b", "c", "d", "e/f"), strict=True))},
    ),
    "says levels itself": (
        {"category": "a/b", "item_category2": "x"},
        {"item_category": "a/b", "item_category2": "x"},
    ),
    "none left": ({"category": " / > "}, {"item_category": "/ >"}),
    "no text": ({"category": 7}, {"item_category": "7"}),
}


@pytest.mark.parametrize(("sent", "expected"), PATHS.values(), ids=PATHS)
def test_a_category_s_path_becomes_levels_by_option(sent: dict[str, Any], expected: dict[str, Any]) -> None:
    (item,), _ = to_items([{"product_id": "p", **sent}], category_levels=True)
    (plain,), _ = to_items([{"product_id": "p", **sent}])

    assert item == {"item_id": "p", **expected}
    assert plain.keys() <= {"item_id", "item_category", "item_category2"}


def test_a_product_added_is_one_item() -> None:
    sent = {"cart_id": "c", "product_id": "p", "name": "N", "price": 0.1, "quantity": 3, "currency": "USD"}

    found = tracked(sent, event_name="product added")

    item = {"item_id": "p", "item_name": "N", "price": 0.1, "quantity": 3}
    assert found.params == {"items": [item], "value": 0.3, "currency": "USD", "cart_id": "c"}


RENAMED = {
    "search": ("Products Searched", {"query": "swap"}, {"search_term": "swap"}),
    "list": (
        "Product List Viewed",
        {"list_id": "l", "category": "Deals", "products": [{"product_id": "a"}]},
        {"items": [{"item_id": "a"}], "item_list_id": "l", "item_list_name": "Deals"},
    ),
    "payment": ("Payment Info Entered", {"payment_method": "Visa"}, {"payment_type": "Visa"}),
    "shipping": ("Checkout Step Completed", {"shipping_method": "Fedex"}, {"shipping_tier": "Fedex"}),
    "promotion": (
        "Promotion Clicked",
        {"promotion_id": "p", "creative": "top", "name": "75%", "position": "home"},
        {"promotion_id": "p", "creative_name": "top", "promotion_name": "75%", "creative_slot": "home"},
    ),
    "share": ("Cart Shared", {"share_via": "email_link"}, {"method": "email_link"}),
}


@pytest.mark.parametrize(("name", "sent", "params"), RENAMED.values(), ids=RENAMED)
def test_parameters_get_ga4_s_names(name: str, sent: dict[str, Any], params: dict[str, Any]) -> None:
    assert tracked(sent, event_name=name).params == params


PRICED = [{"item_id": "a", "price": 0.1, "quantity": 3}, {"item_id": "b", "price": 2}]
VALUES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "said": ({"value": 1, "revenue": 2, "currency": "USD"}, {"value": 1, "revenue": 2, "currency": "USD"}),
    "revenue": ({"revenue": 2, "currency": "USD"}, {"value": 2, "currency": "USD"}),
    "never the total": ({"total": 9, "currency": "USD"}, {"total": 9, "currency": "USD"}),
    "summed exactly": ({"items": PRICED, "currency": "USD"}, {"items": PRICED, "value": 2.3, "currency": "USD"}),
    "no currency, no sum": ({"items": PRICED}, {"items": PRICED}),
    "a price is missing": (
        {"items": [*PRICED, {"item_id": "c"}], "currency": "USD"},
        {"items": [*PRICED, {"item_id": "c"}], "currency": "USD"},
    ),
    "text": ({"value": " 12.50 ", "currency": "USD"}, {"value": 12.5, "currency": "USD"}),
    "with a sign": ({"value": "$12.50", "currency": "USD"}, {"currency": "USD"}),
    "thousands": ({"value": "1,250", "currency": "USD"}, {"currency": "USD"}),
    "true": ({"value": True, "currency": "USD"}, {"currency": "USD"}),
    "lower case": ({"value": 1, "currency": "usd"}, {"value": 1, "currency": "USD"}),
    "no code": ({"value": 1, "currency": "USDC"}, {"value": 1}),
    "an order's number": ({"transaction_id": 17}, {"transaction_id": "17"}),
    "no order": ({"transaction_id": "", "value": 1}, {"value": 1}),
    "an order named by a wallet": ({"transaction_id": EVM}, {}),
    "a long order": ({"transaction_id": "t" * 101}, {}),
}


@pytest.mark.parametrize(("sent", "params"), VALUES.values(), ids=VALUES)
def test_amounts_are_never_guessed(sent: dict[str, Any], params: dict[str, Any]) -> None:
    assert tracked(sent, event_name="purchase").params == params


def test_more_digits_than_a_double_has_are_the_double_next_to_it() -> None:
    found = tracked('{"value":0.12345678901234567890,"currency":"USD"}', event_name="purchase")

    assert (found.params["value"], found.fixes) == (0.12345678901234568, ("param_type:value",))


ITEMS: dict[str, tuple[Any, list[dict[str, Any]], tuple[str, ...]]] = {
    "no list": ({"item_id": "a"}, [], ("items",)),
    "no object": (["a", {"item_id": "a"}], [{"item_id": "a"}], ("items",)),
    "no name": ([{"price": 1}], [], ("item_id:items",)),
    "a name alone": ([{"name": "n"}], [{"item_name": "n"}], ()),
    "number as id": ([{"product_id": 7}], [{"item_id": "7"}], ()),
    "price in words": ([{"item_id": "a", "price": "$19"}], [{"item_id": "a"}], ("item_number:items.price",)),
    "GA4's before Segment's": ([{"item_id": "a", "product_id": "b"}], [{"item_id": "a", "product_id": "b"}], ()),
    "nested": ([{"item_id": "a", "deep": {}}], [{"item_id": "a"}], ("param_nested:items.deep",)),
    "wallet": ([{"item_id": EVM, "name": "n"}], [{"item_name": "n"}], ("masked:items.item_id",)),
    "private": ([{"item_id": "a", "email": "x"}], [{"item_id": "a"}], ("private:items.email",)),
    "reserved": ([{"item_id": "a", "ga_x": 1}], [{"item_id": "a"}], ("param_reserved:items",)),
    "long": ([{"name": "n" * 101}], [{"item_name": "n" * 100}], ("param_length:items.item_name",)),
    "currency": (
        [{"name": "n", "currency": "eur"}],
        [{"item_name": "n", "currency": "EUR"}],
        ("currency:items.currency",),
    ),
}


@pytest.mark.parametrize(("products", "items", "fixes"), ITEMS.values(), ids=ITEMS)
def test_items_are_cleaned(products: Any, items: list[dict[str, Any]], fixes: tuple[str, ...]) -> None:
    assert to_items(products) == (items, fixes)


def test_200_items_with_10_fields_of_their_own_is_the_end() -> None:
    product = {"item_id": "a", **{f"own{n:02}": n for n in range(11)}}

    items, fixes = to_items([product] * 201)

    assert (len(items), len(items[0])) == (rules.MAX_ITEMS, 1 + rules.MAX_CUSTOM_ITEM_PARAMS)
    assert fixes == ("item_custom_max:items.own10", "items_max:items")
    assert to_items([{"item_id": "a"}] * 200)[1] == ()


def test_nothing_sums_to_nothing() -> None:
    assert total([]) is None


def test_a_site_s_own_event_keeps_its_words() -> None:
    found = tracked({"name": "n", "position": 1, "products": [{"product_id": "p"}]}, event_name="orders_completed")

    assert (found.name, found.params) == ("orders_completed", {"name": "n", "position": 1})


def test_items_take_one_place_of_25() -> None:
    own = {f"p{n:02}": n for n in range(30)}

    params = json.loads(tracked({**own, "products": [{"product_id": "a"}]}, event_name="Cart Viewed").encode("1"))[
        "params"
    ]

    assert (len(params), params["items"]) == (rules.MAX_PARAMS, [{"item_id": "a"}])
