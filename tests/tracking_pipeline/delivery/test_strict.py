"""Any event of the lake leaves as a request that keeps every strict rule, or says why it does not."""

import datetime as dt
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest_api.catalogue import catalogue
from ingest_api.param_names import param_rule
from ingest_api.settings import Ga4Target
from tests.tracking_pipeline.delivery.test_ecommerce import NAMES
from tests.tracking_pipeline.delivery.test_mapping import AT, AT_US, EVM, source
from tracking_pipeline.delivery.ga4 import requests, rules
from tracking_pipeline.delivery.ga4.destination import Ga4
from tracking_pipeline.delivery.ga4.mapping import Mapped, to_ga4
from tracking_pipeline.delivery.ga4.streams import Stream, Streams
from tracking_pipeline.delivery.parcel import Ready
from tracking_pipeline.delivery.planned import Planned, Surroundings
from tracking_pipeline.delivery.sessions import Member
from tracking_pipeline.protocol.changes import CHANGES
from tracking_pipeline.protocol.judge import judge
from tracking_pipeline.protocol.limits import (
    APP_ONLY_EVENTS,
    NUMBER_ITEM_PARAMS,
    NUMBER_PARAMS,
    RESERVED_EVENTS,
    STRING_PARAMS,
)
from tracking_pipeline.protocol.rules import RULES

QUERY = {"measurement_id": "G-TEST", "api_secret": "s"}
REASONS = {
    "unusable_name",
    "unreadable_properties",
    "disabled_by_site",
    "off_catalogue",
    "bot",
    "consent",
    "no_ga4_form",
}
FIXED = {rule.id for rule in RULES.values() if rule.outcome == "fixed"} | CHANGES.keys()
SECRETS = (EVM, "ann@example.com")

known = catalogue()
LONG = ["é" * size for limit in (36, 100, 300, 420, 1000) for size in (limit, limit + 1)]


def crowd(prefix: str, *counts: int) -> st.SearchStrategy[dict[str, int]]:
    """Make none, or as many plain fields as a limit is about; what hypothesis makes by itself stays small."""
    return st.sampled_from((0, 0, *counts)).map(lambda count: {f"{prefix}{n}": n for n in range(count)})


text = st.one_of(
    st.text(max_size=120),
    st.sampled_from(LONG),
    st.sampled_from(["USD", "usd", "12.5", "$3", "", " ", EVM, "ann@example.com", "\ud83d", "\x00", "😀" * 150]),
)
MASKED_PARAMS = [name for name in known.params if param_rule(name) != "public"]  # a token's contract leaves as it is
names = st.one_of(
    st.sampled_from(["currency", "value", "transaction_id", "items", "products", "price", "coupon"]),
    st.sampled_from([*MASKED_PARAMS, *NUMBER_PARAMS, *STRING_PARAMS, *NUMBER_ITEM_PARAMS, *rules.OURS, "debug_mode"]),
    st.sampled_from(["ga_x", "_x", "firebase_x", "items", "products", "revenue", "p" * 41, "p" * 42, "a-b", "a.b"]),
    st.text(max_size=50),
)
numbers = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.integers(10**17, 10**30))
scalars = st.one_of(st.none(), st.booleans(), numbers, text)
product = st.builds(
    lambda fields, more: fields | more,
    st.dictionaries(names | st.sampled_from(["item_id", "name"]), scalars, max_size=15),
    crowd("own", 9, 10, 11).map(lambda more: {"item_id": "p", **more} if more else more),
)
products = st.lists(product, max_size=4)
values = st.one_of(scalars, products, st.dictionaries(names, scalars, max_size=3))
event_names = st.one_of(
    st.none(),
    st.sampled_from([*known.events, *NAMES, *NAMES.values()]),
    st.sampled_from(sorted(RESERVED_EVENTS | APP_ONLY_EVENTS)),
    st.text(max_size=60),
)
urls = st.one_of(st.none(), text, text.map(lambda tail: f"https://x.test/{tail}?utm_source={tail}&q={tail}#{tail}"))
events = st.builds(
    lambda properties, more, **fields: source(properties=json.dumps(properties | more), **fields),
    properties=st.dictionaries(names, values, max_size=40),
    more=crowd("more", 20, 22, 23, 25),
    type=st.sampled_from(["track", "track", "track", "page", "screen", "group", "identify", "alias"]),
    event_name=event_names,
    category=st.none() | text,
    group_id=st.none() | text,
    page_url=urls,
    page_title=st.none() | text,
    page_referrer=urls,
    campaign=st.none() | st.just('{"name":"n","source":1}') | text,
)


def request_of(mapped: Mapped) -> bytes:
    encoded = mapped.encode("1795602030")
    return requests.body((Ready("id", "2026-11-25", 10, AT_US, "1.1", "1", None, encoded),))


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(event=events, catalogue_only=st.booleans())
def test_any_event_keeps_every_strict_rule_or_says_why_not(event, catalogue_only) -> None:  # type: ignore[no-untyped-def]
    mapped = to_ga4(event, catalogue_only=catalogue_only)
    if not isinstance(mapped, Mapped):
        assert mapped.reason in REASONS
        return

    body = request_of(mapped)

    verdict = judge(QUERY, body, AT_US)
    assert [finding for finding in verdict.findings if finding.rule.level != "advice"] == []
    assert {each.partition(":")[0] for each in mapped.fixes} <= FIXED
    assert [secret for secret in SECRETS if secret in body.decode() or secret in str(mapped.fixes)] == []
    assert to_ga4(event, catalogue_only=catalogue_only) == mapped


def test_the_oldest_event_that_may_leave_is_in_time() -> None:
    oldest = replace(source(), occurred_at=AT - dt.timedelta(minutes=rules.MAX_AGE_MINUTES))
    mapped = to_ga4(oldest)
    assert isinstance(mapped, Mapped)

    assert [f.rule_id for f in judge(QUERY, request_of(mapped), AT_US).findings] == []


traits = st.none() | st.builds(
    lambda said, more: json.dumps(said | more),
    st.dictionaries(names | st.sampled_from(["plan", "name", "ga_x"]), values, max_size=30),
    crowd("trait", 24, 25, 26),
)
arounds = st.builds(
    Surroundings,
    browser=st.none() | text,
    os=st.none() | text,
    device_type=st.sampled_from([None, "desktop", "mobile", "tablet", "tv"]),
    country=st.sampled_from([None, "CH"]),
    locale=st.none() | text,
    screen_width=st.none() | text | st.just("1920"),
    screen_height=st.none() | text | st.just("1080"),
    consent_categories=st.none()
    | st.dictionaries(st.sampled_from(["ads", "ad_user_data"]), st.booleans()).map(json.dumps),
)
clients = st.none() | st.sampled_from(["1.2", "abc", EVM, f"{EVM}.1700000000", "Abc+/DeF01=.1700000000"]) | text
planned_events = st.lists(
    st.builds(
        lambda number, event, **fields: Planned(
            replace(event, event_id=f"{number:04}"), date="2026-11-25", hour=10, **fields
        ),
        number=st.integers(0, 9),
        event=events,
        user_id=clients,
        device_id=st.none() | text,
        ga_client_id=clients,
        ga_fpid=clients,
        ga_named_id=clients,
        ga_sessions=st.sampled_from(
            [None, "{}", '{"TEST":{"session_id":"1795600000","session_number":2}}', '{"TEST":{"session_id":"x"}}']
        ),
        surroundings=arounds,
        traits=traits,
    ),
    unique_by=lambda one: one.event.event_id,
    max_size=3,
)
TARGET = Ga4Target("https://ga4.test", "G-TEST", "s", standin=False, debug=True)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(planned=planned_events, said=traits, has_members=st.booleans())
def test_any_events_make_requests_that_keep_every_strict_rule(planned, said, has_members) -> None:  # type: ignore[no-untyped-def]
    members = [Member(one.event.event_id, "anonymous", "ann", AT, AT) for one in planned if not one.event.is_bot]
    before = Member("identify", "anonymous", "ann", AT, AT - dt.timedelta(days=4), traits=said)

    streams = Streams(Stream(TARGET), {}, identify_event="identified", category_levels=True)
    made, closed = Ga4(streams, b"k").assemble(planned, [before, *members] if has_members else [])

    leaving = [event.event_id for request in made for event in request.events]
    assert sorted(leaving + [row.event_id for row in closed]) == sorted(one.event.event_id for one in planned)
    for request in made:
        body = requests.body(request.events)
        verdict = judge(QUERY, body, AT_US)
        assert [finding for finding in verdict.findings if finding.rule.level != "advice"] == []
        assert {each.partition(":")[0] for event in request.events for each in event.fixes} <= FIXED
        assert [secret for secret in SECRETS if secret in body.decode()] == []
