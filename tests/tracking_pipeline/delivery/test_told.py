"""Who an event is of at GA4, from the browser's own cookies on, and what a request says around its events."""

import json
from typing import Any

import pytest

from tests.tracking_pipeline.delivery.server import Collect
from tests.tracking_pipeline.delivery.test_mapping import EVM
from tests.tracking_pipeline.delivery.world import MINUTE_US, World
from tracking_pipeline.delivery.ga4 import identity

FPID = "Abc+/DeF0123456789=.1700000000"
CLIENTS: dict[str, tuple[tuple[str | None, str | None, str | None], str | None]] = {
    "named by the event": (("1.2", "3.4", FPID), "1.2"),
    "cookie": ((None, "3.4", FPID), "3.4"),
    "a name that is none": (("anna", "3.4", None), "3.4"),
    "FPID": ((None, None, FPID), FPID),
    "a wallet in the form of an FPID": ((f"{EVM}.1700000000", None, None), None),
    "nobody": ((None, "GA1.1.2.3", "x"), None),
}


@pytest.mark.parametrize(("found", "client_id"), CLIENTS.values(), ids=CLIENTS)
def test_the_client_is_named_then_cookie_then_fpid(
    found: tuple[str | None, str | None, str | None], client_id: str | None
) -> None:
    assert identity.known_client_id(*found) == client_id


def test_an_anonymous_id_that_is_the_tag_s_own_stays_it() -> None:
    assert identity.derived_client_id("anonymous", "1234567890.1700000000", b"k") == "1234567890.1700000000"
    assert identity.derived_client_id("device", "1234567890.1700000000", b"k") != "1234567890.1700000000"


SESSIONS: dict[str, tuple[Any, str | None]] = {
    "this stream's": ({"TEST": {"session_id": "1700000000", "session_number": 3}}, "1700000000"),
    "another's": ({"OTHER": {"session_id": "1700000000"}}, None),
    "no digits": ({"TEST": {"session_id": "s17"}}, None),
    "nothing": (None, None),
}


@pytest.mark.parametrize(("cookies", "session_id"), SESSIONS.values(), ids=SESSIONS)
def test_the_session_is_the_stream_s_own(cookies: Any, session_id: str | None) -> None:
    assert identity.session_of(cookies and json.dumps(cookies), "G-TEST") == session_id


@pytest.mark.slow
def test_requests_say_who_and_where_as_the_browser_did(world: World, collect: Collect) -> None:
    tag: dict[str, Any] = {
        "ga_client_id": "1234567890.1700000000",
        "ga_sessions": '{"TEST":{"session_id":"1795600000","session_number":3}}',
    }
    context = json.dumps({"locale": "de-CH", "screen": {"width": 390, "height": 844}})
    at = {"context": context, "consent_categories": '{"marketing":false}', "consent": "granted"}
    world.load(
        [
            world.click("identify", "bob", 9 * MINUTE_US, type="identify", traits='{"plan":"pro","email":"b@x.test"}'),
            world.click("own", "bob", 8 * MINUTE_US, **at),
            world.click("page_engagement", "bob", 7 * MINUTE_US, properties='{"engagement_ms":4321}', **at),
            world.click("tagged", "cat", 6 * MINUTE_US, **tag, **at),
            world.click("fpid", "dan", 5 * MINUTE_US, ga_fpid=FPID),
            world.click("named", "eve", 4 * MINUTE_US, context='{"clientIds":{"ga4":{"clientId":"5.6"}}}'),
        ]
    )

    world.deliver()

    bob, tagged, fpid, named = collect.requests()
    assert [event["name"] for event in bob["events"]] == ["own", "page_engagement"]
    assert [event["params"]["engagement_time_msec"] for event in bob["events"]] == [1, 4321]
    assert {name: each["value"] for name, each in bob["user_properties"].items()} == {"plan": "pro"}
    assert bob["consent"] == tagged["consent"] == {"ad_user_data": "DENIED", "ad_personalization": "DENIED"}
    assert tagged["client_id"] == "1234567890.1700000000"
    params = tagged["events"][0]["params"]
    assert (params["session_id"], params["session_number"]) == ("1795600000", 3)
    assert "session_number" not in fpid["events"][0]["params"]
    assert "device" not in tagged
    assert (fpid["client_id"], named["client_id"]) == (FPID, "5.6")
    assert "b@x.test" not in str(collect.bodies)
    assert world.states()["identify"] == "suppressed"
