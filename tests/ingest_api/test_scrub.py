"""URLs, titles and referrers are masked inside the sender's own JSON text, and nothing else of it changes."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_api import scrub
from tests.ingest_api.test_masking import EMAIL, EVM, texts

URL = f"https://x.test/?email={EMAIL}"
CLEAN = "https://x.test/?email=***"
SCRUBBED = {
    "top": (f'{{"url":"{URL}"}}', f'{{"url":"{CLEAN}"}}', 1),
    "page": (
        f'{{"page":{{"url":"{URL}","title":"hi {EMAIL}"}}}}',
        f'{{"page":{{"url":"{CLEAN}","title":"hi ***"}}}}',
        2,
    ),
    "path and search": (
        f'{{"path":"/u/{EVM}","search":"?who={EMAIL}","referrer":""}}',
        '{"path":"/u/***","search":"?who=***","referrer":""}',
        2,
    ),
    "spaces and digits stay": (
        f'{{ "n" : 12345678901234567890.10 , "url":"{URL}","b":[1.0,2e5] , "é": "\\u00e9" }}',
        f'{{ "n" : 12345678901234567890.10 , "url":"{CLEAN}","b":[1.0,2e5] , "é": "\\u00e9" }}',
        1,
    ),
    "escapes are read": (
        f'{{"url":"https:\\/\\/x.test\\/?email={EMAIL.replace("@", chr(92) + "u0040")}"}}',
        f'{{"url":"{CLEAN}"}}',
        1,
    ),
    "a key twice": (f'{{"url":"{URL}","url":"{URL}"}}', f'{{"url":"{CLEAN}","url":"{CLEAN}"}}', 2),
    "an escaped key": (f'{{"\\u0075rl":"{URL}"}}', f'{{"\\u0075rl":"{CLEAN}"}}', 1),
    "other keys stay": (f'{{"note":"{URL}","a":{{"url":"{URL}"}},"urls":["{URL}"]}}', None, 0),
    "a text that looks like a key": (f'{{"note":"\\"url\\":\\"{URL}\\""}}', None, 0),
    "wallets stay where they were sent": (f'{{"walletAddress":"{EVM}","url":"https://x.test/"}}', None, 0),
    "a swap's tokens stay": (f'{{"url":"https://x.test/?fromToken={EVM}"}}', None, 0),
}


@pytest.mark.parametrize(("text", "expected", "count"), SCRUBBED.values(), ids=SCRUBBED)
def test_only_the_places_change(text: str, expected: str | None, count: int) -> None:
    assert scrub.scrubbed_json(text) == (expected or text, count)
    assert scrub.needs_scrubbing(json.loads(text)) == bool(count)


def test_long_values_are_masked_to_their_end() -> None:
    text = json.dumps({"url": "https://x.test/" + "a/" * 6000 + EMAIL})

    assert EMAIL not in scrub.scrubbed_json(text)[0]


CUT = {
    "ipv4": ('{"ip":"203.0.113.77", "n":1.0}', '{"ip":"203.0.113.0", "n":1.0}'),
    "ipv6": ('{"ip":"2001:db8:1:2::3"}', '{"ip":"2001:db8:1::"}'),
    "deeper": ('{"a":{"ip":"203.0.113.77"}}', '{"a":{"ip":"203.0.113.77"}}'),
    "no address": ('{"ip":"none of yours"}', '{"ip":"none of yours"}'),
    "a number": ('{"ip":1}', '{"ip":1}'),
}


@pytest.mark.parametrize(("text", "expected"), CUT.values(), ids=CUT)
def test_addresses_in_the_json_are_cut(text: str, expected: str) -> None:
    assert scrub.cut_json(text, "truncated") == expected
    assert scrub.needs_cutting(json.loads(text), "truncated") == (text != expected)
    assert not scrub.needs_cutting(json.loads(text), "full")


ORIGINALS = {
    "json": (f'{{"context":{{"page":{{"url":"{URL}"}}}},"a":1', f'{{"context":{{"page":{{"url":"{CLEAN}"}}}},"a":1', 1),
    "cut within": ('{"url":"https://x.test/?email=ann@x', '{"url":"***"', 1),
    "cut within an escape": ('{"title":"a' + chr(92), '{"title":"***"', 1),
    "no json": (f"url={URL}", f"url={CLEAN}", 1),
    "an address": ('{"context":{"ip": "203.0.113.77"},"a":1', '{"context":{"ip": "203.0.113.0"},"a":1', 0),
    "clean": ('{"url":"https://x.test/", "n":1.0}', '{"url":"https://x.test/", "n":1.0}', 0),
}


@pytest.mark.parametrize(("text", "expected", "count"), ORIGINALS.values(), ids=ORIGINALS)
def test_refused_originals_are_scrubbed_as_text(text: str, expected: str, count: int) -> None:
    assert scrub.scrubbed_original(text) == (expected, count)


def test_without_consent_all_texts_are_masked_and_the_rest_stays() -> None:
    properties = f'{{"walletAddress":"{EVM}","fromTokenAddress":"{EVM}","note":"by {EMAIL}","n":1.10,"l":["{EMAIL}"]}}'
    context = f'{{"ip":"203.0.113.7","page":{{"url":"{URL}"}},"device":{{"id":"x"}},"locale":"de"}}'

    assert scrub.anonymous("traits", '{"name":"Ann"}') is None
    assert scrub.anonymous("context", context) == f'{{"page":{{"url":"{CLEAN}"}},"locale":"de"}}'
    assert scrub.anonymous("properties", properties) == (
        f'{{"walletAddress":"***","fromTokenAddress":"{EVM}","note":"by ***","n":1.10,"l":["***"]}}'
    )


keys = st.sampled_from(["url", "title", "page", "path", "x", "", 'a"b'])
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(keys, json_values, max_size=5), st.booleans())
def test_scrubbing_any_object_keeps_its_shape_and_scrubbing_again_changes_nothing(
    plain: dict[str, Any], ascii_only: bool
) -> None:
    text = json.dumps(plain, ensure_ascii=ascii_only)

    once, count = scrub.scrubbed_json(text)

    assert (count > 0) == scrub.needs_scrubbing(plain)
    assert scrub.scrubbed_json(once) == (once, 0)
    assert without_texts(json.loads(once)) == without_texts(plain)
    numbers_of = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?(?=[,}\]])")
    if count == 0:
        assert once == text
    assert numbers_of.findall(re.sub(r'"(?:[^"\\]|\\.)*"', '""', once)) == numbers_of.findall(
        re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    )


def without_texts(value: object) -> object:
    """Put one text in place of every text, so that shape, keys and numbers are left."""
    if isinstance(value, dict):
        return {key: without_texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_texts(inner) for inner in value]
    return "" if isinstance(value, str) else value


@given(texts | st.lists(st.sampled_from(['{"url":"', EMAIL, '"', ",", "\\", "}", "x"]), max_size=9).map("".join))
def test_any_original_is_scrubbed_and_scrubbing_again_changes_nothing(text: str) -> None:
    once, _ = scrub.scrubbed_original(text)

    assert scrub.scrubbed_original(once) == (once, 0)
