"""What GA4 is told of a user: traits by name and shape, on the requests of their session."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from ingest_api.settings import Ga4Target
from tests.tracking_pipeline.delivery.test_mapping import AT, EVM, source
from tests.tracking_pipeline.delivery.test_requests import ready
from tracking_pipeline.delivery.ga4 import requests, rules
from tracking_pipeline.delivery.ga4.destination import Ga4
from tracking_pipeline.delivery.ga4.streams import Stream, Streams
from tracking_pipeline.delivery.ga4.user_properties import rides, to_properties
from tracking_pipeline.delivery.parcel import Ready
from tracking_pipeline.delivery.planned import Planned
from tracking_pipeline.delivery.sessions import Member
from tracking_pipeline.protocol.judge import judge

TRAITS: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]] = {
    "plain": ({"plan": "pro", "seats": 3, "beta": True}, {"plan": "pro", "seats": 3, "beta": "true"}, ()),
    "tells a person": ({"name": "Ann", "first_name": "A", "e-mail": "x", "userName": "a"}, {}, ()),
    "by shape": ({"note": "ann@example.com", "owner": EVM}, {}, ("masked:note", "masked:owner")),
    "24 letters": ({"p" * 24: 1}, {"p" * 24: 1}, ()),
    "36 letters": ({"plan": "é" * 36}, {"plan": "é" * 36}, ()),
    "37 letters": ({"plan": "é" * 37}, {"plan": "é" * 36}, ("user_property_length:plan",)),
    "spaces": ({"lifetime value": 1}, {"lifetime_value": 1}, ("user_property_name:lifetime_value",)),
    "no name": ({"点": 1}, {}, ("user_property_name",)),
    "reserved": (
        {"ga_x": 1, "first_open_time": 2},
        {},
        ("user_property_reserved:ga_x", "user_property_reserved:first_open_time"),
    ),
    "nested": ({"company": {"plan": "x"}}, {}, ("user_property_value:company",)),
    "null": ({"plan": None, "tier": ""}, {}, ()),
    "two become one": ({"a b": 1, "a-b": 2}, {"a_b": 1}, ("user_property_name:a_b",) * 2 + ("same_name:a_b",)),
}


@pytest.mark.parametrize(("traits", "properties", "fixes"), TRAITS.values(), ids=TRAITS)
def test_traits_become_user_properties(
    traits: dict[str, Any], properties: dict[str, Any], fixes: tuple[str, ...]
) -> None:
    made, changed = to_properties(json.dumps(traits))

    assert made == properties
    assert tuple(fix for fix in changed if not fix.startswith("private")) == fixes


def test_a_long_name_is_cut_so_that_two_stay_two() -> None:
    made, fixes = to_properties(json.dumps({"p" * 30: 1, "p" * 31: 2}))

    assert [len(name) for name in made] == [rules.MAX_USER_PROPERTY_NAME] * 2
    assert {fix.partition(":")[0] for fix in fixes} == {"user_property_name"}


def planned(event_id: str, traits: str | None = None) -> Planned:
    return Planned(source(event_id=event_id), None, None, None, "2026-11-25", 10, traits=traits)


def member(event_id: str, minute: int, traits: str | None = None, client: str = "ann") -> Member:
    return Member(event_id, "anonymous", client, AT, AT + dt.timedelta(minutes=minute), traits=traits)


def test_what_identify_says_rides_on_its_session_from_then_on() -> None:
    members = [
        member("before", 0),
        member("identify", 1, '{"plan":"free","seats":1,"name":"Ann"}'),
        member("first", 2),
        member("again", 3, '{"plan":"pro"}'),
        member("second", 4),
        member("other", 5, client="bob"),
    ]

    found = rides([planned(name) for name in ("before", "first", "second", "other")], members)

    assert found.keys() == {"first", "second"}
    assert {name: value for name, (value, _) in found["first"].properties.items()} == {"plan": "free", "seats": 1}
    assert {name: value for name, (value, _) in found["second"].properties.items()} == {"plan": "pro", "seats": 1}
    assert (found["first"].fixes, found["second"].fixes) == (("private:name",), ())


def test_what_no_later_event_can_carry_rides_on_the_one_before() -> None:
    said = [member("identify", 1, '{"plan":"free"}'), member("again", 2, '{"seats":2}')]
    plain = {"plan": "free", "seats": 2}

    after_one = rides([planned("before")], [member("before", 0), *said])
    alone = rides([], [member("sent earlier", 0), *said])

    assert {name: value for name, (value, _) in after_one["before"].properties.items()} == plain
    assert after_one.keys() == {"before"}
    assert {name: value for name, (value, _) in alone["again"].properties.items()} == plain
    assert alone.keys() == {"again"}


@pytest.mark.parametrize("identify_event", [None, "identified"])
def test_an_identify_that_nothing_carries_has_an_event_by_option(identify_event: str | None) -> None:
    call = replace(planned("identify"), event=source(event_id="identify", type="identify"), user_id="u1")
    streams = Streams(Stream(Ga4Target("https://ga4.test", "G-TEST", "s", standin=False)), {})
    ga4 = Ga4(replace(streams, identify_event=identify_event), b"k")

    made, closed = ga4.assemble([call], [member("identify", 1, '{"plan":"pro"}')])
    none, _ = ga4.assemble([call], [member("identify", 1, '{"name":"Ann"}')])

    assert none == []
    if identify_event is None:
        assert ([row.reason for row in closed], made) == (["no_ga4_form"], [])
        return
    body = json.loads(requests.body(made[0].events))
    assert (body["user_id"], body["user_properties"]["plan"]["value"]) == ("u1", "pro")
    assert [event["name"] for event in body["events"]] == ["identified"]


def test_an_event_s_own_traits_ride_on_it() -> None:
    found = rides([planned("a", '{"plan":"pro"}')], [])

    assert {name: value for name, (value, _) in found["a"].properties.items()} == {"plan": "pro"}


def test_of_26_the_first_set_stay() -> None:
    many = json.dumps({f"p{n:02}": n for n in range(25)})

    found = rides([planned("a", '{"late":1}')], [member("identify", 0, many), member("a", 1)])

    assert len(found["a"].properties) == rules.MAX_USER_PROPERTIES
    assert found["a"].fixes == ("user_properties_max:late",)


def riding(number: int, **properties: tuple[str | int, int]) -> Ready:
    plain = ready(number)
    return Ready(*(getattr(plain, name) for name in Ready.__slots__[:9]), b"", properties)


def test_a_request_says_the_latest_of_each_and_nothing_older_than_its_first_event() -> None:
    body = json.loads(requests.body((riding(5, a=("x", 1)), riding(7, a=("y", 6), b=(2, 6)))))

    assert body["user_properties"] == {
        "a": {"value": "y", "timestamp_micros": 6},
        "b": {"value": 2, "timestamp_micros": 6},
    }
    alone = json.loads(requests.body((riding(5, a=("x", 1)),)))
    assert alone["user_properties"] == {"a": {"value": "x", "timestamp_micros": 5}}


def test_user_properties_count_towards_the_body() -> None:
    full = {f"p{n:02}": ("é" * 36, 1) for n in range(25)}
    events = [
        Ready(
            f"{n:04}",
            "2026-11-25",
            4,
            n,
            "1.1",
            "1",
            None,
            b'{"name":"x","params":{"a":"%s"}}' % (b"a" * 32_000,),
            (),
            b"",
            dict(full),
        )
        for n in range(9)
    ]

    batches = requests.group(events)

    bodies = [requests.body(batch) for batch in batches]
    assert sum(len(batch) for batch in batches) == len(events)
    assert all(len(body) < rules.MAX_BODY_BYTES for body in bodies)
    query = {"measurement_id": "G-T", "api_secret": "s"}
    found = {finding.rule_id for body in bodies for finding in judge(query, body, 10).findings}
    assert not {rule for rule in found if rule.startswith("user_propert")}
