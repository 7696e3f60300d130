import re

import pytest

from ingest_api.identity import Device, cookies, device_of, ga_client_id, set_cookie
from ingest_api.privacy import truncate_ip

ID = "8c6a5a0e-5d5c-4b3a-9a60-6d9f5b0d1c11"
IPS = {
    "203.0.113.77": "203.0.113.0",
    "2001:db8:1:2:3::4": "2001:db8:1::",
    "::ffff:203.0.113.77": "203.0.113.0",
    "fe80::1%eth0": "fe80::",
    "unix:/run/socket": None,
    "": None,
    None: None,
}
GA = {
    "GA1.1.123.456": "123.456",
    "GA1.2-2.123.456": "123.456",
    "GA1%2E1%2E123%2E456": "123.456",
    "1.1.123.456": "123.456",
    "GA2.1.123.456": None,
    "GA1.1.123": None,
    "%ff": None,
    "": None,
    None: None,
}


@pytest.mark.parametrize(("address", "kept"), IPS.items(), ids=[str(ip) for ip in IPS])
def test_address_is_truncated(address: str | None, kept: str | None) -> None:
    assert truncate_ip(address) == kept


@pytest.mark.parametrize(("cookie", "client_id"), GA.items(), ids=[str(cookie) for cookie in GA])
def test_client_id_is_read_from_the_ga_cookie(cookie: str | None, client_id: str | None) -> None:
    assert ga_client_id(cookie) == client_id


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
