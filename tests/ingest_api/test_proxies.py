"""The client's address is the first from the right that no trusted proxy has; what others write counts for nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_api.proxies import client_ip, host, is_https, network_of
from ingest_api.settings import Settings
from tests.ingest_api.conftest import make_tracker

SETTINGS = Settings(_env_file=None, trusted_proxies="127.0.0.1, 10.0.0.0/8, fd00::/8, 2001:db8:ffff::/48")
UNPROXIED = Settings(_env_file=None)
PEER = "10.0.0.1"


def environ(peer: str, **headers: str) -> dict[str, str]:
    """A request from this peer; header names take ``_`` for ``-``."""
    named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", **named}


CLIENTS: dict[str, tuple[dict[str, str], str | None]] = {
    "no_header": ({}, PEER),
    "one": ({"x_forwarded_for": "203.0.113.7"}, "203.0.113.7"),
    "forged_on_the_left": ({"x_forwarded_for": "1.1.1.1, 203.0.113.7"}, "203.0.113.7"),
    "forged_as_a_trusted_proxy": ({"x_forwarded_for": "10.9.9.9, 203.0.113.7"}, "203.0.113.7"),
    "through_two_trusted": ({"x_forwarded_for": "1.1.1.1, 203.0.113.7, 10.2.2.2"}, "203.0.113.7"),
    "several_lines": ({"x_forwarded_for": "1.1.1.1,203.0.113.7,10.2.2.2"}, "203.0.113.7"),
    "all_trusted": ({"x_forwarded_for": "10.3.3.3, 10.2.2.2"}, "10.3.3.3"),
    "with_a_port": ({"x_forwarded_for": "203.0.113.7:5678"}, "203.0.113.7"),
    "ipv6": ({"x_forwarded_for": "2001:DB8:0:0::1"}, "2001:db8::1"),
    "ipv6_in_brackets": ({"x_forwarded_for": "[2001:db8::1]:443"}, "2001:db8::1"),
    "ipv4_in_ipv6": ({"x_forwarded_for": "::ffff:203.0.113.7"}, "203.0.113.7"),
    "trusted_as_ipv4_in_ipv6": ({"x_forwarded_for": "203.0.113.7, ::ffff:10.1.1.1"}, "203.0.113.7"),
    "with_a_zone": ({"x_forwarded_for": "fe80::1%eth0"}, "fe80::1"),
    "unknown": ({"x_forwarded_for": "203.0.113.7, unknown"}, None),
    "garbage": ({"x_forwarded_for": "203.0.113.7, <script>"}, None),
    "empty": ({"x_forwarded_for": ""}, None),
    "forwarded": ({"forwarded": "for=203.0.113.7;proto=https;by=10.0.0.1"}, "203.0.113.7"),
    "forwarded_forged_on_the_left": ({"forwarded": "for=1.1.1.1, for=203.0.113.7"}, "203.0.113.7"),
    "forwarded_quoted_ipv6": ({"forwarded": 'For="[2001:db8::1]:4711"'}, "2001:db8::1"),
    "forwarded_through_two": ({"forwarded": 'for=1.1.1.1, for="203.0.113.7:80" , for=10.2.2.2'}, "203.0.113.7"),
    "forwarded_obfuscated": ({"forwarded": "for=_hidden, for=10.2.2.2"}, None),
    "forwarded_unknown": ({"forwarded": "for=unknown"}, None),
    "forwarded_comma_in_quotes": ({"forwarded": 'for=203.0.113.7;host="a,b;for=1.1.1.1"'}, "203.0.113.7"),
    "forwarded_open_quote": ({"forwarded": 'for=203.0.113.7, for="10.2.2.2'}, "203.0.113.7"),
    "forwarded_without_for": ({"forwarded": "proto=https"}, None),
    "both_families": ({"x_forwarded_for": "203.0.113.7", "forwarded": "for=1.1.1.1"}, "203.0.113.7"),
}


@pytest.mark.parametrize(("headers", "expected"), CLIENTS.values(), ids=CLIENTS.keys())
def test_client_is_the_first_untrusted_from_the_right(headers: dict[str, str], expected: str | None) -> None:
    assert client_ip(environ(PEER, **headers), SETTINGS) == expected


@pytest.mark.parametrize("peer", ["203.0.113.99", "2001:db8::99", "11.0.0.1"])
def test_headers_of_an_untrusted_peer_count_for_nothing(peer: str) -> None:
    forged = environ(peer, x_forwarded_for="1.1.1.1", forwarded="for=1.1.1.1;proto=https", x_forwarded_proto="https")

    for settings in (SETTINGS, UNPROXIED):
        assert client_ip(forged, settings) == peer
        assert not is_https(forged, settings)


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.255.0.1", "::ffff:10.0.0.1", "fd00::1", "2001:db8:ffff::1"])
def test_trusted_peers_are_known_in_every_spelling(peer: str) -> None:
    assert client_ip(environ(peer, x_forwarded_for="203.0.113.7"), SETTINGS) == "203.0.113.7"


HTTPS: dict[str, tuple[dict[str, str], bool]] = {
    "nothing": ({}, False),
    "proto_alone": ({"x_forwarded_proto": "https"}, True),
    "proto_in_capitals": ({"x_forwarded_proto": "HTTPS"}, True),
    "with_for": ({"x_forwarded_for": "203.0.113.7", "x_forwarded_proto": "https"}, True),
    "one_proto_of_two_proxies": ({"x_forwarded_for": "203.0.113.7, 10.2.2.2", "x_forwarded_proto": "https"}, True),
    "appended": ({"x_forwarded_for": "203.0.113.7, 10.2.2.2", "x_forwarded_proto": "https, http"}, True),
    "forged_on_the_left": ({"x_forwarded_for": "1.1.1.1, 203.0.113.7", "x_forwarded_proto": "https, http"}, False),
    "forwarded": ({"forwarded": "for=203.0.113.7;proto=https, for=10.2.2.2;proto=http"}, True),
    "forwarded_forged": ({"forwarded": "for=1.1.1.1;proto=https, for=203.0.113.7;proto=http"}, False),
}


@pytest.mark.parametrize(("headers", "expected"), HTTPS.values(), ids=HTTPS.keys())
def test_scheme_is_the_one_that_the_client_spoke(headers: dict[str, str], expected: bool) -> None:
    assert is_https(environ(PEER, **headers), SETTINGS) is expected


def test_server_that_speaks_tls_itself_is_https() -> None:
    assert is_https(environ("203.0.113.7") | {"wsgi.url_scheme": "https"}, UNPROXIED)


HOSTS: dict[str, tuple[str, dict[str, str], str]] = {
    "own": ("203.0.113.7", {"host": "c.example:8000", "x_forwarded_host": "evil.example"}, "c.example:8000"),
    "told": (PEER, {"host": "inner", "x_forwarded_host": "c.example"}, "c.example"),
    "forwarded": (PEER, {"host": "inner", "forwarded": 'for=203.0.113.7;host="c.example:443"'}, "c.example:443"),
    "no_host": (PEER, {"host": "a b", "x_forwarded_host": "x\r\ny"}, ""),
}


@pytest.mark.parametrize(("peer", "headers", "expected"), HOSTS.values(), ids=HOSTS.keys())
def test_host_is_the_one_that_the_client_asked_for(peer: str, headers: dict[str, str], expected: str) -> None:
    assert host(environ(peer, **headers), SETTINGS) == expected


NETWORKS = {
    "203.0.113.7": "203.0.113.7",
    "::ffff:203.0.113.7": "203.0.113.7",
    "2001:db8:1:2:aaaa::1": "20010db800010002/64",
    "2001:db8:1:2:bbbb::2": "20010db800010002/64",
    None: "unknown",
}


@pytest.mark.parametrize(("address", "expected"), NETWORKS.items())
def test_ipv6_clients_are_told_apart_by_their_64(address: str | None, expected: str) -> None:
    assert network_of(address) == expected


@given(st.text(max_size=200), st.sampled_from(["x_forwarded_for", "forwarded"]))
def test_any_header_gives_an_address_or_none(text: str, name: str) -> None:
    found = client_ip(environ(PEER, **{name: text, "x_forwarded_proto": text, "x_forwarded_host": text}), SETTINGS)

    assert found is None or network_of(found)


@given(st.text(alphabet='fo=r;,"\\ 1.:[]_', max_size=60))
def test_what_a_client_writes_never_hides_what_the_proxy_appends(forged: str) -> None:
    seen = environ(PEER, x_forwarded_for=f"{forged}, 203.0.113.7")

    assert client_ip(seen, SETTINGS) == "203.0.113.7"


def test_stored_network_and_cookie_are_the_clients(tmp_path: Path) -> None:
    tracker = make_tracker(tmp_path / "data", trusted_proxies="127.0.0.1")
    forwarded = {"X_Forwarded_For": "1.1.1.1, 203.0.113.7", "X_Forwarded_Proto": "https"}

    answer = tracker.post("/v1/page", '{"userId":"u"}', Origin="https://a.example", **forwarded)

    assert tracker.stored()[0][0]["ip"] == "203.0.113.0"
    assert "Secure" in answer.headers["Set-Cookie"]
