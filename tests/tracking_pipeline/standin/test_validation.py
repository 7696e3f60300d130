"""``/debug/mp/collect``: the validation server's answers, and that it stores nothing."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.tracking_pipeline.standin.conftest import HOUR_US, NOW_US, QUERY, body, event

ENFORCE = {"validation_behavior": "ENFORCE_RECOMMENDATIONS"}
UNPARSABLE = "Unable to parse Measurement Protocol JSON payload. "
TOO_OLD = (
    "Measurement timestamp_micros has timestamp too far in the past. Measurement protocol only supports timestamps "
    f"[72h] into the past. The current time in UNIX microseconds is [{NOW_US}]."
)


def validate(client: FlaskClient, payload: Any, query: str = QUERY, suffix: str = "") -> list[dict[str, str]]:
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    answer = client.post(f"/debug/mp/collect{query}{suffix}", data=data)
    assert answer.status_code == 200
    assert list(answer.json) == ["validationMessages"]
    return answer.json["validationMessages"]


def message(path: str | None, code: str, description: str) -> dict[str, str]:
    field = {"fieldPath": path} if path else {}
    return {**field, "description": description, "validationCode": code}


OBSERVED: dict[str, tuple[Any, dict[str, str]]] = {
    "name starts with underscore": (
        body(event("_swap")),
        message(
            "events",
            "NAME_INVALID",
            "Event at index: [0] has invalid name [_swap]. Names must start with an alphabetic character.",
        ),
    ),
    "name holds a sign": (
        body(event(), event("swap@done")),
        message(
            "events",
            "NAME_INVALID",
            "Event at index: [1] has invalid name [swap@done]. "
            "Only alphanumeric characters and underscores are allowed.",
        ),
    ),
    "name ends with a line break": (
        body(event("swap\n")),
        message(
            "events",
            "NAME_INVALID",
            "Event at index: [0] has invalid name [swap\n]. Only alphanumeric characters and underscores are allowed.",
        ),
    ),
    "no name": (
        body({"params": {}}),
        message(
            "events",
            "NAME_INVALID",
            "Event at index: [0] has invalid name []. Names must start with an alphabetic character.",
        ),
    ),
    "reserved name": (
        body(event("session_start")),
        message("events", "NAME_RESERVED", "Event at index: [0] has name [session_start] which is reserved."),
    ),
    "app-only name": (
        body(event("screen_view")),
        message("events", "NAME_RESERVED", "Event at index: [0] has name [screen_view] which is reserved."),
    ),
    "no client id": (
        {"events": [event()]},
        message("client_id", "VALUE_REQUIRED", "Measurement requires a client_id."),
    ),
    "client id without a period, enforced": (
        body(**ENFORCE) | {"client_id": "18"},
        message(
            "client_id",
            "VALUE_INVALID",
            "client_id [18] has invalid format. It should be in <number>.<number> format.",
        ),
    ),
    "unknown field in an event": (
        body({"names": "x"}),
        message(None, "VALUE_INVALID", f"{UNPARSABLE}(events[0]) names: Cannot find field."),
    ),
    "unknown field": (
        body(extra=1),
        message(None, "VALUE_INVALID", f"{UNPARSABLE}extra: Cannot find field."),
    ),
    "price that is no number": (
        body(event("add_to_cart", items=[{"item_id": "a", "price": "$19"}])),
        message(
            None,
            "INTERNAL_ERROR",
            'Validation of item.price should prevent conversion from unsupported value [string_value: "$19"]',
        ),
    ),
    "bad name before a client id that only ENFORCE refuses": (
        {"client_id": "CLIENT_ID", "events": [event("_bad")], **ENFORCE},
        message(
            "events",
            "NAME_INVALID",
            "Event at index: [0] has invalid name [_bad]. Names must start with an alphabetic character.",
        ),
    ),
    "old timestamp, enforced": (
        body(timestamp_micros=NOW_US - 72 * HOUR_US - 1, **ENFORCE),
        message("timestamp_micros", "VALUE_INVALID", TOO_OLD),
    ),
}


@pytest.mark.parametrize(("payload", "expected"), OBSERVED.values(), ids=OBSERVED)
def test_words_faults_as_observed(client: FlaskClient, payload: Any, expected: dict[str, str]) -> None:
    assert validate(client, payload) == [expected]


def test_a_web_stream_counts_where_both_streams_are_named(client: FlaskClient) -> None:
    assert validate(client, body(), f"{QUERY}&firebase_app_id=1:2:web:3") == []


QUERIES = {
    "no secret": ("?measurement_id=G-TEST", "api_secret"),
    "empty secret": ("?measurement_id=G-TEST&api_secret=", "api_secret"),
    "no stream": ("?api_secret=x", "measurement_id"),
}


@pytest.mark.parametrize(("query", "missing"), QUERIES.values(), ids=QUERIES)
def test_missing_query_is_a_message_and_no_error(client: FlaskClient, query: str, missing: str) -> None:
    text = f"Unable to find non-empty parameter [{missing}] value in request."

    assert validate(client, body(), query) == [message(missing, "VALUE_REQUIRED", text)]


APP_IDS = {
    "good": ("0123456789abcdefABCDEF0123456789", None),
    "absent": ("", "Measurement requires an app_instance_id."),
    "long": (
        "0" * 33,
        "Measurement app_instance_id is expected to be a 32 digit hexadecimal number but was [33] digits.",
    ),
    "not hexadecimal": ("0" * 31 + "g", "Measurement app_instance_id contains non hexadecimal character [g]."),
}


@pytest.mark.parametrize(("value", "description"), APP_IDS.values(), ids=APP_IDS)
def test_app_streams_need_an_instance_id(client: FlaskClient, value: str, description: str | None) -> None:
    payload = {"app_instance_id": value, "events": [event("screen_view")]}

    messages = validate(client, payload, "?firebase_app_id=1:2:web:3&api_secret=x")

    assert [each["description"] for each in messages] == ([description] if description else [])


NESTED = b"[" * 200 + b"]" * 200


def with_value(text: bytes) -> bytes:
    """Make a body whose only parameter is this piece of text."""
    return b'{"client_id": "1.2", "events": [{"name": "a", "params": {"x": ' + text + b"}}]}"


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{nope", "VALUE_INVALID"),
    "empty": (b"", "VALUE_INVALID"),
    "array": (b"[]", "VALUE_INVALID"),
    "no UTF-8": (b'{"client_id": "\xff"}', "VALUE_INVALID"),
    "half an emoji": (with_value(rb'"\ud83d"'), "VALUE_INVALID"),
    "NaN": (with_value(b"NaN"), "VALUE_INVALID"),
    "1e400": (with_value(b"1e400"), "VALUE_INVALID"),
    "5,000 digits": (with_value(b"9" * 5000), "VALUE_INVALID"),
    "brackets without end": (b"[" * 50_000, "VALUE_INVALID"),
    "nested too deep": (with_value(NESTED), "VALUE_INVALID"),
    "field twice": (b'{"client_id": "1.2", "client_id": "3.4"}', "NAME_DUPLICATED"),
    "field in both spellings": (b'{"client_id": "1.2", "clientId": "3.4"}', "NAME_DUPLICATED"),
    "client id as a number": (b'{"client_id": 1.2}', "VALUE_INVALID"),
    "parameters as an array": (b'{"client_id": "1.2", "events": [{"name": "a", "params": []}]}', "VALUE_INVALID"),
    "timestamp beyond 64 bits": (b'{"client_id": "1.2", "timestamp_micros": 99999999999999999999}', "VALUE_INVALID"),
    "user property without an object": (b'{"client_id": "1.2", "user_properties": {"plan": "pro"}}', "VALUE_INVALID"),
    "unknown mode": (b'{"client_id": "1.2", "validation_behavior": "STRICT"}', "VALUE_INVALID"),
    "130,000 bytes": (b'{"client_id": "1.2"}'.ljust(130_000), "VALUE_OUT_OF_BOUNDS"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "code"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable_body_is_one_message_without_path(client: FlaskClient, data: bytes, code: str) -> None:
    (found,) = validate(client, data)

    assert found["description"].startswith(UNPARSABLE)
    assert (found["validationCode"], found.get("fieldPath")) == (code, None)


CLEAN: dict[str, Any] = {
    "plain": body(),
    "any client id, relaxed": body() | {"client_id": "18"},
    "camel names": {
        "clientId": "1.2",
        "userId": "u",
        "timestampMicros": str(NOW_US),
        "nonPersonalizedAds": True,
        "validationBehavior": "ENFORCE_RECOMMENDATIONS",
        "userProperties": {"plan": {"value": "pro", "timestampMicros": NOW_US}},
        "consent": {"adUserData": "GRANTED", "adPersonalization": "DENIED"},
        "events": [{**event(), "timestampMicros": NOW_US}],
    },
    "null is absent": body(user_id=None, consent=None),
    "byte order mark": b"\xef\xbb\xbf" + json.dumps(body()).encode(),
    "129,999 bytes": json.dumps(body()).encode().ljust(129_999),
    "25 events": body(*[event()] * 25),
    "exactly 72 h, enforced": body(timestamp_micros=NOW_US - 72 * HOUR_US, **ENFORCE),
    "longest values, enforced": body(
        event(
            "n" * 40,
            page_title="t" * 300,
            page_referrer="r" * 420,
            page_location="l" * 1000,
            other="é" * 100,
            **{"p" * 40: True},
        ),
        **ENFORCE,
    ),
    "25 parameters, enforced": body(event(**{f"p{n}": n for n in range(23)}), **ENFORCE),
    "purchase, enforced": body(
        event(
            "purchase", transaction_id="t1", value=9.5, currency="USD", items=[{"item_name": "a", "price": 9.5}] * 200
        ),
        **ENFORCE,
    ),
    "numeric string as a price, relaxed": body(event("view_item", items=[{"item_id": "a", "price": "19"}])),
}


@pytest.mark.parametrize("payload", CLEAN.values(), ids=CLEAN)
def test_clean_request_has_no_message(client: FlaskClient, payload: Any) -> None:
    assert validate(client, payload) == []


ENFORCED: dict[str, tuple[dict[str, Any], str, str]] = {
    "26 parameters": (body(event(**{f"p{n}": n for n in range(24)})), "events[0].params", "EXCEEDED_MAX_ENTITIES"),
    "event name of 41": (body(event("n" * 41)), "events", "NAME_INVALID"),
    "parameter name of 41": (body(event(**{"p" * 41: 1})), f"events[0].params.{'p' * 41}", "NAME_INVALID"),
    "parameter name with a dash": (body(event(**{"a-b": 1})), "events[0].params.a-b", "NAME_INVALID"),
    "reserved parameter": (body(event(firebase_conversion=1)), "events[0].params.firebase_conversion", "NAME_RESERVED"),
    "reserved prefix": (body(event(ga_client_id=1)), "events[0].params.ga_client_id", "NAME_RESERVED"),
    "value of 101": (body(event(x="v" * 101)), "events[0].params.x", "VALUE_OUT_OF_BOUNDS"),
    "title of 301": (body(event(page_title="v" * 301)), "events[0].params.page_title", "VALUE_OUT_OF_BOUNDS"),
    "null": (body(event(x=None)), "events[0].params.x", "VALUE_INVALID"),
    "object": (body(event(x={"y": 1})), "events[0].params.x", "VALUE_INVALID"),
    "array": (body(event(x=[1])), "events[0].params.x", "VALUE_INVALID"),
    "value as a string": (body(event(value="9.99", currency="USD")), "events[0].params.value", "VALUE_INVALID"),
    "currency of four": (body(event(currency="USDD")), "events[0].params.currency", "VALUE_INVALID"),
    "currency as a number": (body(event(currency=1)), "events[0].params.currency", "VALUE_INVALID"),
    "session id with letters": (body(event(session_id="s17")), "events[0].params.session_id", "VALUE_INVALID"),
    "items as an object": (body(event(items={})), "events[0].params.items", "VALUE_INVALID"),
    "201 items": (body(event(items=[{"item_id": "a"}] * 201)), "events[0].params.items", "EXCEEDED_MAX_ENTITIES"),
    "item without an id": (body(event(items=[{"item_name": ""}])), "events[0].params.items[0]", "VALUE_REQUIRED"),
    "11 custom item parameters": (
        body(event(items=[{"item_id": "a"} | {f"p{n}": n for n in range(11)}])),
        "events[0].params.items[0]",
        "EXCEEDED_MAX_ENTITIES",
    ),
    "reserved item parameter": (
        body(event(items=[{"item_id": "a", "ga_x": 1}])), "events[0].params.items[0].ga_x", "NAME_RESERVED",
    ),
    "item value of 101": (
        body(event(items=[{"item_id": "i" * 101}])), "events[0].params.items[0].item_id", "VALUE_OUT_OF_BOUNDS",
    ),
    "price as a string": (
        body(event(items=[{"item_id": "a", "price": "9"}])), "events[0].params.items[0].price", "VALUE_INVALID",
    ),
    "user id of 257": (body(user_id="u" * 257), "user_id", "VALUE_OUT_OF_BOUNDS"),
    "consent in lower case": (body(consent={"ad_user_data": "granted"}), "consent.ad_user_data", "VALUE_INVALID"),
    "26 user properties": (
        body(user_properties={f"p{n}": {"value": 1} for n in range(26)}), "user_properties", "EXCEEDED_MAX_ENTITIES",
    ),
    "user property name of 25": (
        body(user_properties={"p" * 25: {"value": 1}}), f"user_properties.{'p' * 25}", "NAME_INVALID",
    ),
    "reserved user property": (
        body(user_properties={"user_id": {"value": "1"}}), "user_properties.user_id", "NAME_RESERVED",
    ),
    "user property value of 37": (
        body(user_properties={"p": {"value": "v" * 37}}), "user_properties.p", "VALUE_OUT_OF_BOUNDS",
    ),
    "user property without a value": (body(user_properties={"p": {}}), "user_properties.p", "VALUE_REQUIRED"),
    "user property with an array": (body(user_properties={"p": {"value": [1]}}), "user_properties.p", "VALUE_INVALID"),
    "old user property": (
        body(user_properties={"p": {"value": 1, "timestamp_micros": 1}}), "user_properties.p", "VALUE_INVALID",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("payload", "path", "code"), ENFORCED.values(), ids=ENFORCED)
def test_enforce_refuses_what_relaxed_ignores(
    client: FlaskClient, payload: dict[str, Any], path: str, code: str
) -> None:
    enforced = validate(client, payload | ENFORCE)

    assert [(each["fieldPath"], each["validationCode"]) for each in enforced] == [(path, code)]
    assert validate(client, payload) == []


@pytest.mark.parametrize(
    ("events", "code"), [([], "VALUE_REQUIRED"), ([event()] * 26, "EXCEEDED_MAX_ENTITIES")], ids=["none", "26"]
)
def test_requests_hold_1_to_25_events(client: FlaskClient, events: list[Any], code: str) -> None:
    (found,) = validate(client, body() | {"events": events})

    assert (found["fieldPath"], found["validationCode"]) == ("events", code)


def test_shows_the_first_message_and_all_on_demand(client: FlaskClient) -> None:
    payload = {"events": [event("_a"), event("error")]}

    first, every = validate(client, payload), validate(client, payload, suffix="&all=1")

    assert first == every[:1]
    assert [each["fieldPath"] for each in every] == ["client_id", "events", "events"]


def test_validation_stores_nothing(client: FlaskClient) -> None:
    validate(client, body())
    validate(client, b"{nope")

    assert client.get("/events.json").json == []
    assert client.get("/problems.json").json == []
