"""What a request says of all of its events: consent for ads, device, country."""

import json
from typing import Any

import pytest

from tracking_pipeline.delivery.ga4.surroundings import consent_of, device_of, request_fields
from tracking_pipeline.delivery.planned import Surroundings

CONSENTS: dict[str, tuple[Any, dict[str, str]]] = {
    "nothing said": (None, {}),
    "analytics only": ({"analytics": True}, {}),
    "advertising": ({"Advertising": False}, {"ad_user_data": "DENIED", "ad_personalization": "DENIED"}),
    "all of several": (
        {"marketing": True, "C0004": False},
        {"ad_user_data": "DENIED", "ad_personalization": "DENIED"},
    ),
    "Google's own": (
        {"ad_storage": False, "ad_user_data": True, "ad_personalization": False},
        {"ad_user_data": "GRANTED", "ad_personalization": "DENIED"},
    ),
    "one of Google's": ({"ad_user_data": True}, {"ad_user_data": "GRANTED"}),
}


@pytest.mark.parametrize(("categories", "expected"), CONSENTS.values(), ids=CONSENTS)
def test_consent_for_ads_is_what_the_categories_say(categories: Any, expected: dict[str, str]) -> None:
    assert consent_of(None if categories is None else json.dumps(categories)) == expected


DEVICES = {
    "all": (
        Surroundings("Firefox", "Linux", "desktop", None, "de-AT", "1920", "1080"),
        {
            "category": "desktop",
            "language": "de",
            "browser": "Firefox",
            "operating_system": "Linux",
            "screen_resolution": "1920x1080",
        },
    ),
    "no category, no device": (Surroundings("Firefox", "Linux"), {}),
    "the category alone": (Surroundings(device_type="mobile"), {"category": "mobile"}),
    "odd locale and screen": (
        Surroundings(device_type="tablet", locale="x", screen_width="0", screen_height="9e9"),
        {"category": "tablet"},
    ),
}


@pytest.mark.parametrize(("around", "expected"), DEVICES.values(), ids=DEVICES)
def test_device_is_our_own_parsing(around: Surroundings, expected: dict[str, str]) -> None:
    assert device_of(around) == expected


def test_options_keep_device_and_country_here() -> None:
    around = Surroundings(device_type="mobile", country="CH")

    assert json.loads(b"{" + request_fields(around, device=True, country=True)[1:] + b"}") == {
        "device": {"category": "mobile"},
        "user_location": {"country_id": "CH"},
    }
    assert request_fields(around, device=False, country=False) == b""
