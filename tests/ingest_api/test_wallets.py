"""The visitor's wallets that an event names, and none that are somebody else's."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_api.addresses import wallet_of
from ingest_api.wallets import MAX_WALLETS, wallet_id, wallets_of
from tests.ingest_api.test_addresses import EVM, MIXED, SEGWIT

KEY = b"k" * 32
SOLANA = "7xKXtg2CW87d97TXJSDpbD5jBkheTqA83TZRuJosgAsU"


def id_of(address: str) -> str:
    """Return the id of an address."""
    return wallet_id(wallet_of(address) or "", KEY)


def found_in(plain: dict[str, Any], *ids: str | None) -> list[str] | None:
    context, event = plain.get("context"), plain.get("event")
    own = context.get("traits") if isinstance(context, dict) else None
    parts = plain.get("properties"), plain.get("traits"), own
    return wallets_of(parts, ids, KEY, event if isinstance(event, str) else None)


NAMED = {
    "a site's own name": ({"properties": {"walletAddress": EVM}}, [EVM]),
    "snake case": ({"properties": {"wallet_address": EVM}}, [EVM]),
    "a parameter": ({"properties": {"param_wallet_address": EVM}}, [EVM]),
    "the widget's connect": ({"properties": {"address": SOLANA, "chainType": "SVM", "chainId": 1}}, [SOLANA]),
    "a route": ({"properties": {"route": {"fromAddress": EVM, "toAddress": SOLANA}}}, [EVM]),
    "the data of an act": ({"properties": {"data": {"param_wallet_address": EVM}}}, [EVM]),
    "an account": ({"properties": {"account": {"address": EVM, "chainId": 1}}}, [EVM]),
    "several accounts": ({"properties": {"accounts": [{"address": EVM}, {"address": SOLANA}]}}, [EVM, SOLANA]),
    "a list": ({"properties": {"wallets": [EVM, SOLANA, SEGWIT]}}, [EVM, SOLANA, SEGWIT]),
    "a joined list": ({"properties": {"param_wallet_addresses": f"{EVM},{SOLANA}"}}, [EVM, SOLANA]),
    "traits": ({"traits": {"wallet": EVM}}, [EVM]),
    "traits in the context": ({"context": {"traits": {"wallet": EVM}}}, [EVM]),
    "one in two spellings": ({"properties": {"address": MIXED, "wallet": MIXED.lower()}}, [MIXED]),
}
NOT_THEIRS = {
    "a receiver": {"properties": {"toAddress": EVM, "recipient": SOLANA}},
    "a receiver with little activity": {"event": "lowAddressActivityConfirmed", "properties": {"address": EVM}},
    "the same of a site": {
        "event": "action_on_low_address_activity_confirmed",
        "properties": {"param_wallet_address": EVM},
    },
    "a token": {"properties": {"fromTokenAddress": EVM, "tokenAddress": SOLANA}},
    "a token's object": {"properties": {"data": {"address": EVM, "symbol": "ETH", "decimals": 18}}},
    "text": {"properties": {"note": EVM}},
    "not connected": {"properties": {"walletAddress": "not_connected"}},
    "a postal address": {"traits": {"address": {"street": "1 Main St", "city": "Bern"}}},
    "odd kinds": {"properties": [{"address": EVM}], "traits": "wallet", "context": [1]},
    "odder kinds": {"properties": {"address": 1, "wallets": [None, [EVM], {"address": [EVM]}], "account": None}},
}


@pytest.mark.parametrize(("plain", "addresses"), NAMED.values(), ids=NAMED)
def test_own_wallets_are_found(plain: dict[str, Any], addresses: list[str]) -> None:
    assert sorted(found_in(plain) or []) == sorted(map(id_of, addresses))


@pytest.mark.parametrize("plain", NOT_THEIRS.values(), ids=NOT_THEIRS)
def test_other_addresses_are_not_the_visitors(plain: dict[str, Any]) -> None:
    assert found_in(plain) is None


def test_ids_that_are_addresses_are_wallets() -> None:
    assert found_in({}, MIXED, None, "8c6a5a0e-5d5c-4b3a-9a60-6d9f5b0d1c11") == [id_of(MIXED.lower())]


def test_ids_say_nothing_and_depend_on_the_key() -> None:
    assert re.fullmatch(r"evm:[0-9a-f]{32}", id_of(EVM))
    assert wallet_id(f"evm:{EVM}", b"other") != id_of(EVM)
    assert EVM[2:10] not in id_of(EVM)


def test_without_a_key_there_are_no_wallets() -> None:
    assert wallets_of([{"wallet": EVM}], (), b"") is None


def test_a_long_list_is_cut() -> None:
    many = [f"0x{number:040x}" for number in range(1 << 140, (1 << 140) + 100)]

    assert len(found_in({"properties": {"wallets": many}}) or []) == MAX_WALLETS


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(EVM),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["wallet", "data", "x"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["properties", "traits", "context", "event"]), json_values))
def test_any_event_has_known_wallets_or_none(plain: dict[str, Any]) -> None:
    assert found_in(plain) in (None, [id_of(EVM)])
