"""What must not leave for a third party: by name in parameters, by shape in everything else."""

import json

import pytest

from tests.ingest_api.test_masking import EVM, PERSONAL
from tests.tracking_pipeline.delivery.test_mapping import tracked


@pytest.fixture(params=PERSONAL.values(), ids=list(PERSONAL))
def personal(request: pytest.FixtureRequest) -> str:
    """One value of every shape that tells a person."""
    return str(request.param)


DROPPED = [
    *("tx_hash", "txHash", "param_tx_hash", "transaction_hash", "tx_link", "transactionLink", "explorer_link"),
    *("address", "to_address", "wallet_address", "connected_wallet_address", "recipient", "receiver_address"),
    *("email", "user_email", "phone", "password", "access_token", "private_key", "mnemonic"),
]


@pytest.mark.parametrize("name", DROPPED)
def test_private_params_are_dropped_by_name(name: str) -> None:
    assert tracked({name: "harmless", "kept": 1}).params == {"kept": 1}


@pytest.mark.parametrize(
    "name", ["from_token_address", "toTokenAddress", "token_address", "param_from_token", "toToken"]
)
def test_token_contracts_are_public(name: str) -> None:
    assert tracked({name: EVM}).params == {name: EVM}


def test_other_params_are_masked_by_shape(personal: str) -> None:
    assert tracked({"note": f"by {personal}"}).params == {"note": "by ***"}


def test_a_params_name_may_not_tell_a_person(personal: str) -> None:
    mapped = tracked({personal: 1, "kept": 1})

    assert mapped.params == {"kept": 1}
    assert personal not in json.dumps(mapped.fixes)


def test_an_events_name_may_not_tell_a_person(personal: str) -> None:
    assert tracked({}, event_name=f"hello {personal}").name == "hello"


def test_titles_and_referrers_are_masked(personal: str) -> None:
    mapped = tracked(
        {},
        page_title=f"Wallet {personal}",
        page_referrer=f"https://r.test/?q={personal}",
        page_url=f"https://x.test/{personal}",
    )

    assert mapped.params == {
        "page_title": "Wallet ***",
        "page_referrer": "https://r.test/?q=***",
        "page_location": "https://x.test/***",
    }
