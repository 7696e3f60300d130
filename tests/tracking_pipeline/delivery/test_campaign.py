"""Where a visitor came from: on the page's own event, and by an event of its own where a site wants that."""

import json
from typing import Any

import pytest

from ingest_api.settings import Ga4Target
from tests.tracking_pipeline.delivery.test_mapping import AT, EVM, source, tracked
from tests.tracking_pipeline.delivery.test_requests import ready
from tracking_pipeline.delivery.ga4 import requests
from tracking_pipeline.delivery.ga4.destination import Ga4
from tracking_pipeline.delivery.ga4.streams import Stream, Streams
from tracking_pipeline.delivery.parcel import Ready
from tracking_pipeline.delivery.planned import Planned
from tracking_pipeline.delivery.sessions import Member

URL = "https://x.test/?utm_source=news&utm_medium=email&utm_campaign=may&utm_id=7&a=1#utm_term=no"
OF_URL = {"campaign_id": "7", "campaign": "may", "source": "news", "medium": "email"}
SAID = json.dumps({"name": "june", "source": "ads", "medium": "cpc", "term": "swap", "content": "top", "odd": 1})
OF_SDK = {"campaign": "june", "source": "ads", "medium": "cpc", "term": "swap", "content": "top"}
CAMPAIGNS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "url": ({"type": "page", "page_url": URL}, OF_URL),
    "the SDK before the url": ({"type": "page", "page_url": URL, "campaign": SAID}, OF_SDK),
    "nothing": ({"type": "page", "page_url": "https://x.test/"}, {}),
    "no object": ({"type": "page", "campaign": "[1]"}, {}),
    "torn": ({"type": "page", "campaign": "{"}, {}),
    "a wallet": ({"type": "page", "campaign": json.dumps({"source": EVM})}, {"source": "***"}),
    "what the page says of itself": (
        {"type": "page", "campaign": SAID, "properties": '{"source":"own"}'},
        OF_SDK | {"source": "own"},
    ),
    "no view": ({"page_url": URL}, {}),
}
NAMES = {"campaign_id", "campaign", "source", "medium", "term", "content"}


@pytest.mark.parametrize(("fields", "expected"), CAMPAIGNS.values(), ids=CAMPAIGNS)
def test_a_view_says_its_campaign(fields: dict[str, Any], expected: dict[str, str]) -> None:
    properties = fields.get("properties", "{}")
    params = tracked(properties, **{key: value for key, value in fields.items() if key != "properties"}).params

    assert {name: value for name, value in params.items() if name in NAMES} == expected


def body_of(*, tells_campaign: bool, **fields: Any) -> list[dict[str, Any]]:
    target = Ga4Target("https://ga4.test", "G-TEST", "s", standin=False)
    event = source(type="page", page_url=URL)
    planned = Planned(event, None, None, "1.2", "2026-11-25", 10, **fields)
    streams = Streams(Stream(target), {}, tells_campaign=tells_campaign)
    (made,), _ = Ga4(streams, b"k").assemble([planned], [Member(event.event_id, "anonymous", "ann", AT, AT)])
    events: list[dict[str, Any]] = json.loads(requests.body(made.events))["events"]
    return events


def test_a_campaign_is_an_event_of_its_own_by_option() -> None:
    details, view = body_of(tells_campaign=True)

    assert (details["name"], view["name"]) == ("campaign_details", "page_view")
    assert {name: value for name, value in details["params"].items() if name in NAMES} == OF_URL
    assert details["timestamp_micros"] == view["timestamp_micros"]
    assert details["params"]["session_id"] == view["params"]["session_id"]


def test_without_the_option_or_beside_google_s_tag_there_is_none() -> None:
    tagged = {"ga_sessions": '{"TEST":{"session_id":"1795600000"}}'}

    assert [event["name"] for event in body_of(tells_campaign=False)] == ["page_view"]
    assert [event["name"] for event in body_of(tells_campaign=True, **tagged)] == ["page_view"]


def test_an_event_that_is_two_at_ga4_takes_two_places_of_25() -> None:
    plain = ready(0)
    first = [getattr(plain, name) for name in Ready.__slots__[:3]]
    events = [Ready(f"{n:02}", *first[1:], n, "1.1", "1", None, b"{},{}", weight=2) for n in range(13)]

    assert [len(batch) for batch in requests.group(events)] == [12, 1]
