"""The device id and its cookie."""

import re

import pytest

from ingest_api.identity import Device, cookies, device_of, drop_cookie, set_cookie

ID = "8c6a5a0e-5d5c-4b3a-9a60-6d9f5b0d1c11"


def test_known_device_keeps_its_id() -> None:
    assert device_of(ID, is_browser=True) == device_of(ID, is_browser=False) == Device(ID, is_new=False)


@pytest.mark.parametrize("cookie", [None, "", "x", ID.upper(), ID + "0"])
def test_browser_without_a_valid_cookie_gets_a_new_id(cookie: str | None) -> None:
    device = device_of(cookie, is_browser=True)

    assert device is not None
    assert device.is_new
    assert re.fullmatch(r"[0-9a-f-]{36}", device.id)
    assert device_of(cookie, is_browser=False) is None


def test_cookie_header_is_split_as_sent() -> None:
    assert cookies('a=1; b = "2" ;c;_ga=GA1.1.2.3;a=4') == {"a": "4", "b": "2", "c": "", "_ga": "GA1.1.2.3"}
    assert cookies(None) == cookies("") == {}


def test_cookie_has_domain_and_secure_where_they_are_set() -> None:
    plain = f"_tid={ID}; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax"

    assert set_cookie("_tid", Device(ID, is_new=True), domain="", secure=False) == plain
    assert set_cookie("_tid", Device(ID, is_new=True), domain="a.example", secure=True) == (
        f"{plain}; Domain=a.example; Secure"
    )
    assert drop_cookie("_tid", domain="a.example", secure=True) == (
        "_tid=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Domain=a.example; Secure"
    )
