"""Every rule at its limit and one beyond: two requests that differ by what the rule is about."""

import json
from dataclasses import dataclass
from typing import Any

NOW_US = 1_790_000_000_000_000
HOUR_US = 3_600_000_000
WEB = {"measurement_id": "G-TEST", "api_secret": "s"}
APP = {"firebase_app_id": "1:2:web:3", "api_secret": "s"}


def event(name: str = "swap", **params: Any) -> dict[str, Any]:
    """Make an event that no rule has anything to say about."""
    return {"name": name, "params": {"session_id": "1790000000", "engagement_time_msec": 1, **params}}


def body(*events: dict[str, Any], **fields: Any) -> bytes:
    """Make a request's bytes that no rule has anything to say about."""
    return json.dumps({"client_id": "12.34", "events": list(events or [event()]), **fields}).encode()


def without(name: str) -> dict[str, Any]:
    """Make an event that lacks one of the parameters that every event has."""
    found = event()
    del found["params"][name]
    return found


def item(**fields: Any) -> dict[str, Any]:
    """Make an event with one item."""
    return event(items=[{"item_id": "a", **fields}])


def properties(**found: Any) -> bytes:
    """Make a request with these user properties."""
    return body(user_properties={name: {"value": value} for name, value in found.items()})


def nested(levels: int) -> dict[str, Any]:
    """Make an object in an object in an object."""
    return {"a": nested(levels - 1)} if levels > 1 else {}


@dataclass(frozen=True, slots=True)
class Case:
    """A request at the limit, and one beyond it."""

    good: bytes
    bad: bytes
    query: dict[str, str]
    bad_query: dict[str, str]


def case(good: bytes, bad: bytes, query: dict[str, str] = WEB, bad_query: dict[str, str] | None = None) -> Case:
    """Make a case of a web stream unless told otherwise."""
    return Case(good, bad, query, query if bad_query is None else bad_query)


NUMBERED = {f"p{n}": n for n in range(30)}
HASH = "a1" * 32
TIMED = {**event(), "timestamp_micros": NOW_US}


def first(count: int) -> dict[str, int]:
    """Return that many parameters."""
    return dict(list(NUMBERED.items())[:count])


CASES: dict[str, tuple[str, Case]] = {
    "no secret": ("query", case(body(), body(), bad_query={"measurement_id": "G-TEST"})),
    "no stream": ("query", case(body(), body(), bad_query={"api_secret": "s"})),
    "empty secret": ("query", case(body(), body(), bad_query=WEB | {"api_secret": ""})),
    "torn": ("body", case(body(), body()[:-1])),
    "100 levels below the body": (
        "body",
        case(body(user_data={"address": [nested(98)]}), body(user_data={"address": [nested(99)]})),
    ),
    "number as client id": ("body", case(body(), body(client_id=12.34))),
    "unknown field": ("unknown_field", case(body(user_id="u"), body(userid="u"))),
    "unknown field of an event": ("unknown_field", case(body(TIMED), body({**event(), "timestamp": 1}))),
    "unknown field of the device": (
        "unknown_field",
        case(body(device={"operatingSystem": "Linux"}), body(device={"os": "Linux"})),
    ),
    "device's number": ("body", case(body(device={"model": "7"}), body(device={"model": 7}))),
    "unknown field of the location": (
        "unknown_field",
        case(body(user_location={"country_id": "CH"}), body(user_location={"country": "CH"})),
    ),
    "unknown field of the user's data": (
        "unknown_field",
        case(body(userData={"sha256EmailAddress": ["a" * 64]}), body(user_data={"email": "a"})),
    ),
    "twice": ("name_twice", case(body(), b'{"client_id":"1.2",' + body()[1:])),
    "130,000 bytes": ("body_bytes", case(body().ljust(129_999), body().ljust(130_000))),
    "no client id": ("client_id", case(body(), body(client_id=""))),
    "client id of one number": ("client_id_form", case(body(client_id="1.1"), body(client_id="18"))),
    "id of an FPID cookie": (
        "client_id_form", case(body(client_id="Abc+/DeF01=.1700000000"), body(client_id="Abc+/DeF01=.17")),
    ),
    "the whole _ga cookie": (
        "client_id_form", case(body(client_id="GA1.1.12.1700000000"), body(client_id="GA1.1.1700000000")),
    ),
    "client id of three": ("client_id_form", case(body(), body(client_id="1.2.3"))),
    "instance id of 31": (
        "app_instance_id", case(body(app_instance_id="aF" * 16), body(app_instance_id="a" * 31), APP),
    ),
    "instance id of 33": (
        "app_instance_id", case(body(app_instance_id="aF" * 16), body(app_instance_id="a" * 33), APP),
    ),
    "instance id with g": (
        "app_instance_id", case(body(app_instance_id="0" * 32), body(app_instance_id="g" * 32), APP),
    ),
    "user id of 257": ("user_id_length", case(body(user_id="é" * 256), body(user_id="é" * 257))),
    "consent in lower case": (
        "consent", case(body(consent={"ad_user_data": "GRANTED"}), body(consent={"ad_user_data": "granted"})),
    ),
    "plain e-mail": (
        "user_data_hash",
        case(
            body(user_data={"sha256_email_address": [HASH]}), body(user_data={"sha256_email_address": ["a@b.test"]}),
        ),
    ),
    "hash in upper case": (
        "user_data_hash",
        case(
            body(user_data={"address": [{"sha256_first_name": HASH, "city": "Bern"}]}),
            body(user_data={"address": [{"sha256_first_name": HASH.upper()}]}),
        ),
    ),
    "4 e-mails": (
        "user_data_max",
        case(
            body(user_data={"sha256_email_address": [HASH] * 3}), body(user_data={"sha256_email_address": [HASH] * 4}),
        ),
    ),
    "3 addresses": (
        "user_data_max",
        case(body(user_data={"address": [{"city": "a"}] * 2}), body(user_data={"address": [{"city": "a"}] * 3})),
    ),
    "no events": ("events_none", case(body(), body(events=[]))),
    "26 events": ("events_max", case(body(*[event()] * 25), body(*[event()] * 26))),
    "name starts with _": ("event_name", case(body(event("s_")), body(event("_s")))),
    "name with a dash": ("event_name", case(body(event("a_b")), body(event("a-b")))),
    "name of 41": ("event_name_length", case(body(event("n" * 40)), body(event("n" * 41)))),
    "reserved name": ("event_name_reserved", case(body(event("Session_start")), body(event("session_start")))),
    "app-only name": ("event_name_app", case(body(event("page_view")), body(event("screen_view")))),
    "72 hours": (
        "event_age",
        case(body(timestamp_micros=NOW_US - 72 * HOUR_US), body(timestamp_micros=NOW_US - 72 * HOUR_US - 1)),
    ),
    "future": ("event_future", case(body(TIMED), body({**TIMED, "timestamp_micros": NOW_US + 1}))),
    "26 parameters": ("params_max", case(body(event(**first(23))), body(event(**first(24))))),
    "parameter with a dot": ("param_name", case(body(event(a_b=1)), body(event(**{"a.b": 1})))),
    "parameter name of 41": (
        "param_name_length", case(body(event(**{"p" * 40: 1})), body(event(**{"p" * 41: 1}))),
    ),
    "reserved prefix": ("param_reserved", case(body(event(gax=1)), body(event(ga_x=1)))),
    "reserved parameter": (
        "param_reserved", case(body(event(fire_conversion=1)), body(event(firebase_conversion=1))),
    ),
    "null": ("param_nested", case(body(event(x="")), body(event(x=None)))),
    "object": ("param_nested", case(body(event(x=False)), body(event(x={})))),
    "item's null": ("param_nested", case(body(item(price=1)), body(item(price=None)))),
    "value of 101": ("param_length", case(body(event(x="😀" * 100)), body(event(x="😀" * 101)))),
    "title of 301": ("param_length", case(body(event(page_title="t" * 300)), body(event(page_title="t" * 301)))),
    "referrer of 421": (
        "param_length", case(body(event(page_referrer="t" * 420)), body(event(page_referrer="t" * 421))),
    ),
    "location of 1001": (
        "param_length", case(body(event(page_location="t" * 1000)), body(event(page_location="t" * 1001))),
    ),
    "item value of 101": ("param_length", case(body(item(item_name="i" * 100)), body(item(item_name="i" * 101)))),
    "amount as text": (
        "param_type", case(body(event(value=9.5, currency="USD")), body(event(value="9.5", currency="USD"))),
    ),
    "order as a number": ("param_type", case(body(event(transaction_id="1")), body(event(transaction_id=1)))),
    "item's price as text": ("param_type", case(body(item(price=9)), body(item(price="9")))),
    "currency of four": ("currency", case(body(event(currency="USD")), body(event(currency="USDC")))),
    "currency in lower case": ("currency", case(body(event(currency="USD")), body(event(currency="usd")))),
    "the session cookie": ("session_id", case(body(event(session_id=17)), body(event(session_id="s17$o1")))),
    "no session": ("session_missing", case(body(), body(without("session_id")))),
    "no engagement": ("engagement", case(body(), body(without("engagement_time_msec")))),
    "engagement of 0": ("engagement", case(body(), body(event(engagement_time_msec=0)))),
    "value alone": ("value_currency", case(body(event(value=1, currency="EUR")), body(event(value=1)))),
    "search without a term": ("needed_params", case(body(event("search", search_term="x")), body(event("search")))),
    "cart without items": (
        "needed_params", case(body(event("view_cart", items=[{"item_id": "a"}])), body(event("view_cart", items=[]))),
    ),
    "empty transaction": ("transaction_id", case(body(event(transaction_id="0")), body(event(transaction_id="")))),
    "time in params": ("time_in_params", case(body(TIMED), body(event(timestamp_micros=NOW_US)))),
    "debug off": ("debug_mode", case(body(event(debug_mode=True)), body(event(debug_mode=False)))),
    "items as an object": ("items", case(body(event(items=[])), body(event(items={})))),
    "201 items": (
        "items_max", case(body(event(items=[{"item_id": "a"}] * 200)), body(event(items=[{"item_id": "a"}] * 201))),
    ),
    "item of no name": ("item_id", case(body(item(item_id="", item_name="n")), body(item(item_id="")))),
    "11 own item parameters": ("item_custom_max", case(body(item(**first(10))), body(item(**first(11))))),
    "price with a sign": ("item_number", case(body(item(price=19)), body(item(price="$19")))),
    "26 user properties": ("user_properties_max", case(properties(**first(25)), properties(**first(26)))),
    "user property name of 25": (
        "user_property_name", case(properties(**{"p" * 24: 1}), properties(**{"p" * 25: 1})),
    ),
    "reserved user property": ("user_property_reserved", case(properties(userid=1), properties(user_id=1))),
    "prefix of a user property": ("user_property_reserved", case(properties(gax=1), properties(ga_x=1))),
    "user property without a value": (
        "user_property_missing", case(properties(p=1), body(user_properties={"p": {}})),
    ),
    "user property with an array": ("user_property_value", case(properties(p="a"), properties(p=[1]))),
    "user property value of 37": ("user_property_length", case(properties(p="é" * 36), properties(p="é" * 37))),
    "user property of 72 hours": (
        "user_property_age",
        case(
            body(user_properties={"p": {"value": 1, "timestamp_micros": NOW_US - 72 * HOUR_US}}),
            body(user_properties={"p": {"value": 1, "timestamp_micros": NOW_US - 72 * HOUR_US - 1}}),
        ),
    ),
}  # fmt: skip
