"""Addresses of wallets: chain families told apart, checksums verified, one form for every spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_api.addresses import wallet_of

EVM = "0x52908400098527886e0f7030069857d2e4169ee7"
MIXED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # EIP-55's own example
SUI = "0x" + "a5" * 32
SEGWIT = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"  # BIP 173's
TAPROOT = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"  # BIP 350's
WALLETS = {
    "evm, lower case": (EVM, f"evm:{EVM}"),
    "evm, upper case": ("0X" + EVM[2:].upper(), f"evm:{EVM}"),
    "evm, checksum": (MIXED, f"evm:{MIXED.lower()}"),
    "evm, spaces around": (f" {EVM}\n", f"evm:{EVM}"),
    "sui": (SUI.upper().replace("X", "x"), f"sui:{SUI}"),
    "solana": ("7xKXtg2CW87d97TXJSDpbD5jBkheTqA83TZRuJosgAsU",) * 2,
    "solana, zeros in front": ("11111112D1oxKts8YPdTJRG5FzxTNpMtWmq8hkVx3",) * 2,
    "bitcoin, P2PKH": ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",) * 2,
    "bitcoin, P2SH": ("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",) * 2,
    "bitcoin, segwit": (SEGWIT, f"bitcoin:{SEGWIT}"),
    "bitcoin, upper case": (SEGWIT.upper(), f"bitcoin:{SEGWIT}"),
    "bitcoin, taproot": (TAPROOT, f"bitcoin:{TAPROOT}"),
    "tron": ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",) * 2,
}
NO_WALLETS = {
    "evm, a wrong checksum": MIXED.replace("aA", "Aa"),
    "evm, a digit short": EVM[:-1],
    "evm, without 0x": EVM[2:],
    "the zero address": "0x" + "0" * 40,
    "the native coin": "0x" + "Ee" * 20,
    "a precompile": "0x" + "0" * 39 + "1",
    "solana, 29 bytes": "7xKXtg2CW87d97TXJSDpbD5jBkheTqA83TZRuJos",
    "solana's system program": "1" * 32,
    "solana, a letter that is none": "0xKXtg2CW87d97TXJSDpbD5jBkheTqA83TZRuJosgAsU",
    "bitcoin, a wrong letter": "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
    "bitcoin, testnet": "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn",
    "segwit, a wrong letter": SEGWIT[:-1] + "5",
    "segwit, mixed case": SEGWIT[:-1] + "T",
    "segwit, version 0 with the checksum of 1": "bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
    "segwit, version 1 with the checksum of 0": "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
    "testnet segwit": "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx",
    "tron, a wrong letter": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6T",
    "a uuid": "8c6a5a0e-5d5c-4b3a-9a60-6d9f5b0d1c11",
    "md5": "0cc175b9c0f1b6a831c399e269772661",
    "sha-1": "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8",
    "words": "the quick brown fox jumps over the dog",
    "not connected": "not_connected",
    "nothing": "",
}


@pytest.mark.parametrize(("text", "expected"), WALLETS.values(), ids=WALLETS)
def test_wallet_is_told_by_its_chain_family(text: str, expected: str) -> None:
    assert (wallet_of(text) or "").endswith(expected)


def test_families_are_named() -> None:
    assert {name.split(",")[0]: (wallet_of(text) or "").partition(":")[0] for name, (text, _) in WALLETS.items()} == {
        name: name for name in ("evm", "sui", "solana", "bitcoin", "tron")
    }


@pytest.mark.parametrize("text", NO_WALLETS.values(), ids=NO_WALLETS)
def test_what_is_not_valid_is_no_wallet(text: str) -> None:
    assert wallet_of(text) is None


@given(st.one_of(st.text(), st.text("0123456789abcdefABCDEFx", max_size=70), st.text("bc1qp023ac", max_size=64)))
def test_any_text_is_a_wallet_in_normal_form_or_none(text: str) -> None:
    wallet = wallet_of(text)
    assert wallet is None or wallet_of(wallet.partition(":")[2]) == wallet


@given(st.sampled_from([SEGWIT, TAPROOT, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", MIXED]), st.data())
def test_one_changed_letter_is_no_wallet(address: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(4, len(address) - 1))
    other = data.draw(st.sampled_from("023456789acdefghjklmnpqrstuvwxyz").filter(lambda c: c != address[at].lower()))

    assert wallet_of(address[:at] + other + address[at + 1 :]) is None
