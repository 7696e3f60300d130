"""What is left of a client address."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_api.privacy import kept_ip

TRUNCATED = {
    "203.0.113.77": "203.0.113.0",
    "2001:db8:1:2:3::4": "2001:db8:1::",
    "::ffff:203.0.113.77": "203.0.113.0",
    "64:ff9b::203.0.113.77": "203.0.113.0",
    "2002:cb00:714d::1": "203.0.113.0",
    "fe80::1%eth0": "fe80::",
    "unix:/run/socket": None,
    "203.0.113.777": None,
    "": None,
    None: None,
}


@pytest.mark.parametrize(("address", "kept"), TRUNCATED.items(), ids=[str(ip) for ip in TRUNCATED])
def test_address_is_truncated(address: str | None, kept: str | None) -> None:
    assert kept_ip(address, "truncated") == kept
    assert kept_ip(address, "none") is None


def test_full_addresses_are_kept_by_choice_in_one_form() -> None:
    assert kept_ip("203.0.113.77", "full") == kept_ip("::ffff:203.0.113.77", "full") == "203.0.113.77"
    assert kept_ip("2001:DB8::1", "full") == "2001:db8::1"


@given(st.ip_addresses())
def test_no_host_part_is_left(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    kept = ipaddress.ip_address(kept_ip(str(ip), "truncated") or "")

    host_bits = 8 if kept.version == 4 else 80
    assert int(kept) & ((1 << host_bits) - 1) == 0


@given(st.text())
def test_any_text_is_an_address_or_nothing(text: str) -> None:
    kept = kept_ip(text, "truncated")
    assert kept is None or ipaddress.ip_address(kept)
