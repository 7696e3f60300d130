"""Origins are compared in the form that browsers send; a list is exact, a wildcard stands for subdomains only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_api.origins import NOBODY, Origins, canonical, parse_origins, union

LIST = [
    "https://a.example",
    "HTTP://B.Example:80/",
    "https://bücher.example:8443",
    "https://*.example.com",
    "http://*.localhost:3000",
    "http://[0:0::1]:3000",
    "capacitor://localhost",
]

LISTED: dict[str, bool] = {
    "https://a.example": True,
    "https://A.example:443/": True,
    "http://a.example": False,
    "https://a.example:8443": False,
    "https://a.example.evil.example": False,
    "https://evil.example/https://a.example": False,
    "https://a.example@evil.example": False,
    "https://a.example#": False,
    "https://a.example, https://evil.example": False,
    "http://b.example": True,
    "https://b.example": False,
    "https://xn--bcher-kva.example:8443": True,
    "https://bücher.example:8443": False,  # no browser sends it so
    "https://www.example.com": True,
    "https://a.b.example.com:443": True,
    "https://example.com": False,
    "https://.example.com": False,
    "https://evilexample.com": False,
    "https://www.example.com:8443": False,
    "https://www.example.com.evil.example": False,
    "http://shop.localhost:3000": True,
    "http://shop.localhost": False,
    "http://[::1]:3000": True,
    "capacitor://localhost": True,
    "null": False,
    "": False,
    "*": False,
    "https://": False,
    "https://*.example.com": False,
}


@pytest.mark.parametrize(("origin", "expected"), LISTED.items())
def test_list_is_exact(origin: str, expected: bool) -> None:
    listed = parse_origins(LIST)

    assert (listed.lists(origin), listed.allows(origin)) == (expected, expected)


def test_no_list_allows_all_and_lists_none() -> None:
    for origins in (parse_origins([]), parse_origins(["", " "])):
        assert origins.allows("https://a.example")
        assert origins.allows("null")
        assert not origins.lists("https://a.example")
        assert not origins.lists("null")


def test_null_is_allowed_where_it_is_listed() -> None:
    listed = parse_origins(["null"])

    assert (listed.lists("null"), listed.lists("https://a.example")) == (True, False)


BAD = ["*", "a.example", "https://", "https://a.example/path", "https://*.com", "https://a.*.example", "https://a b"]


@pytest.mark.parametrize("item", [*BAD, "https://a.example:0", "https://a.example:70000", "Null", "https://x-.-y-"])
def test_what_is_no_origin_is_refused_and_named(item: str) -> None:
    with pytest.raises(ValueError, match=r"is no origin|top-level") as refused:
        parse_origins(["https://good.example", item])

    assert item in str(refused.value)


def test_union_is_what_any_source_allows() -> None:
    both = union([parse_origins(["https://a.example"]), parse_origins(["https://*.b.example"])])
    with_any = union([parse_origins(["https://a.example"]), Origins()])

    assert [both.allows(f"https://{host}") for host in ("a.example", "x.b.example", "c.example")] == [True, True, False]
    assert (with_any.allows("https://c.example"), with_any.lists("https://c.example")) == (True, False)
    assert with_any.lists("https://a.example")


def test_nobody_is_nobody() -> None:
    assert not NOBODY.allows("https://a.example")
    assert not NOBODY.allows("null")


@given(st.text(max_size=80))
def test_canonical_form_is_stable_and_safe_in_a_header(text: str) -> None:
    for origin in (text, f"https://{text}", f"http://a.{text}.example:{text}"):
        plain = canonical(origin)
        if plain is not None:
            assert canonical(plain) == plain
            assert plain.isascii()
            assert plain.isprintable()
            assert " " not in plain


@given(st.from_regex(r"https://[a-z0-9.:/@?#*-]{0,30}", fullmatch=True))
def test_only_subdomains_match_a_wildcard(origin: str) -> None:
    if parse_origins(["https://*.example.com"]).lists(origin):
        host = canonical(origin)
        assert host is not None
        assert host.endswith(".example.com")
        assert host.count("/") == 2
