"""What GA4 is told of one event: tables on pure functions."""

import datetime as dt
import json

import pytest

from tracking_pipeline.delivery.ga4 import identity, names, rules
from tracking_pipeline.delivery.ga4.mapping import Mapped, SourceEvent, Unmapped, to_ga4
from tracking_pipeline.delivery.ga4.values import scalar

AT = dt.datetime.fromisoformat("2026-11-25T10:20:30.123456")  # naive UTC, as the lake has it
AT_US = 1_795_602_030_123_456
ID = "0190f5fe-7c00-7a00-8abc-012345678901"
EVM = "0x" + "a1B2c3D4e5" * 4


def source(**fields: object) -> SourceEvent:
    return SourceEvent(**{"event_id": ID, "type": "track", "occurred_at": AT, "event_name": "click", **fields})


def tracked(properties: dict[str, object] | str, **fields: object) -> Mapped:
    """Map a track event with these properties."""
    text = properties if isinstance(properties, str) else json.dumps(properties)
    mapped = to_ga4(source(properties=text, **fields))
    assert isinstance(mapped, Mapped)
    return mapped


EVENT_NAMES = {
    "plain": ("Sign_Up", "Sign_Up"),
    "blanks": ("Button  Clicked!", "Button_Clicked"),
    "digits in front": ("1st click", "st_click"),
    "underscores around": ("__x__", "x"),
    "other letters": ("Größe", "Gr_e"),
    "only other letters": ("点击", None),
    "only digits": ("123", None),
    "empty": ("", None),
    "safe as it is": ("a__b_", "a__b_"),
    "reserved": ("session_start", "site_session_start"),
    "reserved once made safe": ("first visit", "site_first_visit"),
    "app only": ("screen_view", "site_screen_view"),
    "prefix": ("ga_thing", "site_ga_thing"),
    "firebase prefix": ("firebase_thing", "site_firebase_thing"),
    "40 characters": ("a" * 40, "a" * 40),
}


@pytest.mark.parametrize(("name", "safe"), EVENT_NAMES.values(), ids=EVENT_NAMES)
def test_event_names_are_made_safe(name: str, safe: str | None) -> None:
    assert names.event_name(name) == safe


@pytest.mark.parametrize("name", sorted(rules.RESERVED_EVENTS | rules.APP_ONLY_EVENTS))
def test_reserved_event_names_never_leave(name: str) -> None:
    assert names.event_name(name) == f"site_{name}"


def test_two_long_names_stay_two() -> None:
    first, second = (names.event_name("a" * 50 + end) for end in "xy")

    assert first != second
    assert all(rules.NAME.fullmatch(name or "") for name in (first, second))


PARAM_NAMES = {
    "plain": ("color", "color"),
    "dots and blanks": ("a.b c", "a_b_c"),
    "private mark": ("_secret", None),
    "google": ("google_x", None),
    "ga": ("ga_x", None),
    "firebase": ("firebase_x", None),
    "gtag": ("gtag.x", None),
    "reserved once made safe": ("9ga_x", None),
    "only digits": ("42", None),
}


@pytest.mark.parametrize(("name", "safe"), PARAM_NAMES.values(), ids=PARAM_NAMES)
def test_param_names_are_made_safe(name: str, safe: str | None) -> None:
    assert names.param_name(name) == safe


FORMS = {
    "track": ({}, "click", {}),
    "page": ({"type": "page", "event_name": "Home", "category": "c"}, "page_view", {"page_name": "Home"}),
    "screen": ({"type": "screen", "event_name": "Main"}, "page_view", {"screen_name": "Main", "page_title": "Main"}),
    "group": ({"type": "group", "event_name": None, "group_id": "g1"}, "join_group", {"group_id": "g1"}),
    "group with a wallet": ({"type": "group", "group_id": EVM}, "join_group", {"group_id": "***"}),
}
FORMS["page"][2]["page_category"] = "c"


@pytest.mark.parametrize(("fields", "name", "params"), FORMS.values(), ids=FORMS)
def test_each_type_has_its_form(fields: dict[str, object], name: str, params: dict[str, object]) -> None:
    assert to_ga4(source(**fields)) == Mapped(name, params, AT_US)


UNMAPPED = {
    "bot": ({"is_bot": True}, Unmapped("suppressed", "bot")),
    "consent denied": ({"consent": "denied"}, Unmapped("suppressed", "consent")),
    "consent unknown": ({"consent": "unknown"}, Unmapped("suppressed", "consent")),
    "identify": ({"type": "identify"}, Unmapped("suppressed", "no_ga4_form")),
    "alias": ({"type": "alias"}, Unmapped("suppressed", "no_ga4_form")),
    "no name": ({"event_name": None}, Unmapped("dead", "unusable_name")),
    "a name of signs": ({"event_name": "!!!"}, Unmapped("dead", "unusable_name")),
    "torn properties": ({"properties": '{"a":'}, Unmapped("dead", "unreadable_properties")),
    "a list": ({"properties": "[1]"}, Unmapped("dead", "unreadable_properties")),
    "not a number": ({"properties": '{"a":NaN}'}, Unmapped("dead", "unreadable_properties")),
}


@pytest.mark.parametrize(("fields", "expected"), UNMAPPED.values(), ids=UNMAPPED)
def test_what_has_no_form_says_why(fields: dict[str, object], expected: Unmapped) -> None:
    assert to_ga4(source(**fields)) == expected


VALUES = {
    "text": ('{"v":"red"}', {"v": "red"}),
    "integer": ('{"v":7}', {"v": 7}),
    "fraction": ('{"v":0.1}', {"v": 0.1}),
    "true": ('{"v":true}', {"v": "true"}),
    "largest exact integer": ('{"v":9007199254740992}', {"v": 9007199254740992}),
    "first inexact integer": ('{"v":9007199254740993}', {"v": "9007199254740993"}),
    "19 digits": ('{"v":1234567890123456789}', {"v": "1234567890123456789"}),
    "78 digits": ('{"v":' + "9" * 78 + "}", {"v": "9" * 78}),
    "over 100 digits": ('{"v":' + "9" * 101 + "}", {}),
    "more decimals than a double": ('{"v":0.1234567890123456789}', {"v": "0.1234567890123456789"}),
    "beyond a double": ('{"v":1e999}', {"v": "1e999"}),
    "null": ('{"v":null}', {}),
    "empty": ('{"v":"  "}', {}),
    "object": ('{"v":{"a":1}}', {}),
    "list": ('{"v":[1,2]}', {}),
    "line break": ('{"v":"a\\nb"}', {"v": "a b"}),
    "unicode": ('{"v":"日本 😀"}', {"v": "日本 😀"}),
}


@pytest.mark.parametrize(("text", "params"), VALUES.values(), ids=VALUES)
def test_values_keep_every_digit_or_stay_here(text: str, params: dict[str, object]) -> None:
    assert tracked(text).params == params


def test_what_is_left_out_is_noted() -> None:
    mapped = tracked({"_x": 1, "session_id": "s", "tx_hash": "h", "deep": {"a": 1}, "kept": 1})

    assert mapped.params == {"kept": 1}
    assert mapped.fixes == ("param_reserved:_x", "ours:session_id", "private:tx_hash", "param_nested:deep")


CUTS = {"v": 100, "page_title": 300, "page_referrer": 420, "page_location": 1000}


@pytest.mark.parametrize(("name", "limit"), CUTS.items(), ids=CUTS)
def test_values_are_cut_between_characters(name: str, limit: int) -> None:
    column = {"page_location": "page_url"}.get(name, name)
    head = "https://x.test/" if name in ("page_location", "page_referrer") else ""
    text = head + "😀 " * 600

    mapped = tracked({"v": text}) if name == "v" else tracked({}, **{column: text})

    assert mapped.params == {name: text[:limit]}


def test_a_cut_leaves_no_half_escape() -> None:
    url = "https://x.test/" + "a" * 983 + "%20b"

    assert tracked({}, page_url=url).params == {"page_location": url[:998]}


def test_own_params_come_before_the_pages_and_25_is_the_end() -> None:
    own = {f"p{n:02}": n for n in range(22)}

    mapped = tracked(own, page_url="https://x.test/", page_title="T", page_referrer="https://y.test/")

    assert mapped.params == {**own, "page_location": "https://x.test/"}
    assert mapped.fixes == ("params_max:page_referrer", "params_max:page_title")
    assert len(json.loads(mapped.encode("1"))["params"]) == rules.MAX_PARAMS


def test_the_encoded_event_has_our_session_engagement_and_time() -> None:
    sent = {"session_id": "theirs", "engagement_time_msec": 99_999, "timestamp_micros": 1, "color": "red"}

    encoded = json.loads(tracked(sent).encode("1795602030"))

    assert encoded["name"] == "click"
    assert encoded["timestamp_micros"] == AT_US
    assert {k: v for k, v in encoded["params"].items() if k != "timestamp_micros"} == {
        "session_id": "1795602030",
        "engagement_time_msec": 1,
        "color": "red",
    }


def test_a_lone_surrogate_does_not_stop_the_body() -> None:
    assert json.loads(tracked('{"v":"a\\ud800b"}').encode("1"))["params"]["v"] == "a?b"


COOKIES = {
    "strict": ("1234567890.1700000000", "1234567890.1700000000"),
    "with its prefix": ("GA1.1.123.456", None),
    "text": ("abc", None),
    "empty": ("", None),
    "none": (None, None),
    "three parts": ("1.2.3", None),
    "other digits": ("\u0661.\u0662", None),
}


@pytest.mark.parametrize(("value", "expected"), COOKIES.values(), ids=COOKIES)
def test_only_a_strict_cookie_is_a_client_id(value: str | None, expected: str | None) -> None:
    assert identity.known_client_id(None, value, None) == expected


def test_a_derived_client_id_is_stable_and_its_own() -> None:
    who = (("anonymous", "x"), ("anonymous", "x"), ("user", "x"), ("anonymous", "y"))
    ids = [identity.derived_client_id(*one, key=b"k") for one in who]

    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert all(rules.CLIENT_ID.fullmatch(one) for one in ids)
    assert all(0 < int(half) < 2**31 for one in ids for half in one.split("."))


@pytest.mark.parametrize(("kind", "value"), [("user", "ann"), ("anonymous", EVM), ("device", "ann@example.com")])
def test_a_client_id_of_what_can_be_guessed_needs_the_install_s_key(kind: str, value: str) -> None:
    mine, again, others = (identity.derived_client_id(kind, value, key) for key in (b"k", b"k", b"other"))

    assert mine == again != others


def test_a_client_id_of_a_random_id_is_the_same_in_every_install() -> None:
    ids = {identity.derived_client_id("anonymous", ID, key) for key in (b"k", b"other")}

    assert len(ids) == 1


USER_IDS = {
    "plain": ("user-42", True),
    "number": ("42", True),
    "uuid": ("0190f5fe-7c00-7a00-8abc-012345678901", True),
    "sha-256": ("ab" * 32, True),
    "256 characters": ("u-" * 128, True),
    "257 characters": ("u-" * 128 + "u", False),
    "blank": ("  ", False),
    "none": (None, False),
    "e-mail": ("ann@example.com", False),
    "evm": (EVM, False),
    "evm without 0x": ("a1b2c3d4e5" * 4, False),
    "solana": ("7xKXtg2CW87d97TXJSDpbD5jBkheTqA83TZRuJosgAsU", False),
    "bitcoin": ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", False),
    "bech32": ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", False),
}


@pytest.mark.parametrize(("value", "allowed"), USER_IDS.values(), ids=USER_IDS)
def test_a_user_id_that_tells_a_person_stays_here(value: str | None, allowed: bool) -> None:
    assert identity.user_id(value) == (value if allowed else None)


def test_scalar_knows_only_what_ga4_takes() -> None:
    assert [scalar(v) for v in (None, {}, [], b"x", False, "")] == [None, None, None, None, "false", None]
