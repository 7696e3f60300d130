"""What tells a person is masked by its shape, wherever in a text or URL it stands; all else stays as it was."""

from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest_api import masking

EVM = "0x52908400098527886E0F7030069857D2E4169EE7"
TX = "0x" + "5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060"[:64]
SOLANA = "7xKXtg2CW87d97TXJSDpbD5jBkheTqA83TZRuJosgAsU"
BITCOIN = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
BECH32 = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N"
EMAIL = "ann.lee+news@mail.example.co.uk"
PERSONAL = {
    "e-mail": EMAIL,
    "evm address": EVM,
    "transaction": TX,
    "solana": SOLANA,
    "bitcoin": BITCOIN,
    "bech32": BECH32,
    "jwt": JWT,
}


@pytest.fixture(params=PERSONAL.values(), ids=list(PERSONAL))
def personal(request: pytest.FixtureRequest) -> str:
    """One value of every shape that tells a person."""
    return str(request.param)


PLACES = {
    "path": ("https://x.test/user/{}/edit", "https://x.test/user/***/edit"),
    "last of the path": ("https://x.test/{}", "https://x.test/***"),
    "query": ("https://x.test/p?a=1&who={}&b=2", "https://x.test/p?a=1&who=***&b=2"),
    "query key": ("https://x.test/p?{}=1", "https://x.test/p?***=1"),
    "fragment": ("https://x.test/p#{}", "https://x.test/p#***"),
    "fragment's route": ("https://x.test/#/user/{}?tab=1", "https://x.test/#/user/***?tab=1"),
    "fragment's query": ("https://x.test/#/swap?who={}", "https://x.test/#/swap?who=***"),
    "fragment as query": ("https://x.test/#access={}&b=1", "https://x.test/#access=***&b=1"),
    "relative": ("/user/{}", "/user/***"),
    "without scheme": ("x.test/user/{}?who={}", "x.test/user/***?who=***"),
    "relative, with a URL in its path": ("/user/{}/https://y.test/", "/user/***/https://y.test/"),
    "a URL in the path": ("https://x.test/{}/https://y.test/{}", "https://x.test/***/https://y.test/***"),
    "beside words": ("https://x.test/?q=pay%20{}+now", "https://x.test/?q=pay%20***%20now"),
}


@pytest.mark.parametrize(("template", "masked"), PLACES.values(), ids=PLACES)
def test_personal_values_leave_no_url(personal: str, template: str, masked: str) -> None:
    assert masking.mask_url(template.replace("{}", personal)) == masked


@pytest.mark.parametrize("wrap", [1, 2, 3], ids=["once", "twice", "three times"])
def test_personal_values_leave_no_url_in_a_url(personal: str, wrap: int) -> None:
    url = f"https://inner.test/{personal}?who={personal}"
    for depth in range(wrap):
        url = f"https://outer{depth}.test/go?to=" + quote(url, safe="")

    masked = masking.mask_url(url)

    assert personal not in fully_unquoted(masked)
    assert masked.startswith(f"https://outer{wrap - 1}.test/go?to=")


def fully_unquoted(text: str) -> str:
    """Undo every layer of percent escapes."""
    while (plain := unquote(text)) != text:
        text = plain
    return text


def test_personal_values_leave_no_text(personal: str) -> None:
    assert masking.mask(f"hello {personal}, bye") == "hello ***, bye"
    assert masking.mask(f"see https://x.test/{personal} now") == "see https://x.test/*** now"


def test_escaped_values_are_seen(personal: str) -> None:
    escaped = "".join(f"%{byte:02X}" for byte in personal.encode())

    assert masking.mask_url(f"https://x.test/?who={escaped}") == "https://x.test/?who=***"
    assert masking.mask_url(f"https://x.test/{escaped}") == "https://x.test/***"


UNTOUCHED = {
    "plain": "https://x.test/docs/getting-started?tab=2#install",
    "token of a swap": f"https://x.test/?fromToken={EVM}&toToken={SOLANA}&fromChain=1&toChain=1151111081099710",
    "campaign": "https://x.test/?utm_source=news&utm_id=EAIaIQobChMI7bWx4p7h_wIVxQytBh0abcDEFGHI",
    "click id": "https://x.test/?gclid=EAIaIQobChMI7bWx4p7h_wIVxQytBh0abcDEFGHIJKLMNOP",
    "case of the key": f"https://x.test/?FROMTOKEN={EVM}",
    "escapes": "https://x.test/a%20b?q=caf%C3%A9+au+lait",
    "slug": "https://x.test/the-quick-brown-fox-jumps-over-the-lazy-dog-again",
    "number": "https://x.test/?amount=123456789012345678901234567890123456",
    "empty values": "https://x.test/?a=&b&&c=1",
}


@pytest.mark.parametrize("url", UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_tells_nobody_stays_byte_for_byte(url: str) -> None:
    assert masking.mask_url(url) == url


MASKED = {
    "user and password": ("https://ann:pw@x.test/a", "https://x.test/a"),
    "wallet behind a campaign": (
        f"https://x.test/?utm_source={EVM}&utm_id=1",
        "https://x.test/?utm_source=***&utm_id=1",
    ),
    "e-mail behind an open key": (f"https://x.test/?utm_source={EMAIL}", "https://x.test/?utm_source=***"),
    "private key": ("https://x.test/?access_token=abc&a=1", "https://x.test/?access_token=***&a=1"),
    "address key": ("https://x.test/?address=short", "https://x.test/?address=***"),
    "a sum of words": (f"https://x.test/?q=pay+{SOLANA}+now", "https://x.test/?q=pay%20***%20now"),
    "double escapes behind a plus": ("https://x.test/?q=ann.lee+news%2540y.test", "https://x.test/?q=***"),
    "no URL but an address": (f"ethereum:{EVM}@1", "1"),
    "mail link": (f"mailto:{EMAIL}", "mail.example.co.uk"),
    "shortened address": ("wallet 0x5290...9EE7 is on", "wallet *** is on"),
}


@pytest.mark.parametrize(("text", "masked"), MASKED.values(), ids=MASKED)
def test_other_private_parts_are_masked(text: str, masked: str) -> None:
    assert (masking.mask(text) if " " in text else masking.mask_url(text)) == masked


PIECES = [
    *PERSONAL.values(),
    "https://x.test/",
    "?q=",
    "&email=",
    "#",
    "%2F",
    "%40",
    "@",
    "+",
    " ",
    "=",
    "***",
    "eyJ",
    "é",
]
texts = st.one_of(st.text(), st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=8).map("".join))


@given(texts)
@example("https://a@b@x.test/")
def test_masking_takes_any_text_and_masking_again_changes_nothing(text: str) -> None:
    for mask in (masking.mask, masking.mask_url):
        once = mask(text)
        assert mask(once) == once


@given(st.sampled_from(list(PERSONAL.values())), st.sampled_from([" ", "/", "?a=", "#", "&b="]))
def test_a_text_of_repeated_pieces_keeps_nothing_personal(value: str, between: str) -> None:
    assert value not in masking.mask_url(between.join([value] * 20))
    assert value not in masking.mask(between.join([value] * 20))


CUTS = {
    "fits": ("abc", "abc"),
    "plain": ("abcd", "abc"),
    "emoji": ("ab😀😀", "ab😀"),
    "half an escape": ("a%20b", "a"),
    "an escape's sign": ("ab%20", "ab"),
    "whole escape": ("%20b", "%20"),
    "accent": ("abe\u0301", "ab"),
    "skin": ("ab👍🏽", "ab"),
    "family": ("a👨\u200d👩", "a"),
    "variation": ("ab☎\ufe0f", "ab"),
}


@pytest.mark.parametrize(("text", "short"), CUTS.values(), ids=CUTS)
def test_a_cut_falls_between_characters_and_escapes(text: str, short: str) -> None:
    assert masking.cut(text, 3) == short


@pytest.mark.parametrize("character", ["é", "€", "😀", "~", "日本"])
def test_a_cut_leaves_no_half_of_an_escaped_character(character: str) -> None:
    text = quote("a" + character * 3, safe="")

    for limit in range(1, len(text)):
        short = masking.cut(text, limit)
        unquote(short, errors="strict")
        assert text.startswith(short)
        assert len(short) > limit - 12
