"""The visitor's own wallets that an event names, as ids that say nothing: ``family:<keyed hash>``.

Only fields are read that by their name hold an address of the sender's; receiving addresses, tokens and contracts
have other names. Bounded: known keys, two levels, ``MAX_WALLETS``. The address itself stays only where it was sent.
"""

import hmac
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from ingest_api.addresses import MIN_CHARS, wallet_of

MAX_WALLETS = 20
HASH_HEX_DIGITS = 32  # 128 bits: no two of 10^12 wallets share an id but by a chance of one in 10^14

# Name of the field, in words. Sources: the LI.FI widget's events and a swap site's own (docs/events.md).
_OWN = (
    *("wallet", "wallets", "wallet address", "wallet addresses", "connected wallet", "connected wallets"),
    *("address", "addresses", "account", "accounts", "account address", "connected address", "user address"),
    *("user wallet", "wallet id", "from address", "sender", "sender address", "signer", "signer address"),
    *("evm address", "eth address", "ethereum address", "solana address", "bitcoin address", "btc address"),
    *("sui address", "tron address"),
)
_HOLDERS = ("data", "route", "params", "payload")  # looked into as wallet and account are
_TOKEN_SIGNS = frozenset({"symbol", "decimals"})  # an object with these is a token: its address is a contract's
_SEPARATORS = re.compile(r"[\s,;|]+")


def _spellings(words: str) -> Iterator[str]:
    parts = words.split()
    pascal = "".join(part.capitalize() for part in parts)
    yield from (pascal[0].lower() + pascal[1:], pascal, "_".join(parts), "-".join(parts), "param_" + "_".join(parts))


KEYS = frozenset(spelling for words in (*_OWN, *_HOLDERS) for spelling in _spellings(words))
_HOLDER_KEYS = frozenset(spelling for words in _HOLDERS for spelling in _spellings(words))


def wallets_of(
    parts: Iterable[object], ids: Iterable[str | None], key: bytes, event: str | None = None
) -> list[str] | None:
    """Return the ids of the wallets that an event names, in order, each once; None without any.

    ``parts`` are its properties, traits and its context's traits, decoded; ``ids`` its own (user, anonymous,
    previous): sites use addresses as such. ``key`` is the install's, ``event`` the name of a track call.
    """
    texts: list[str] = []
    for text in ids:
        if text and len(text) >= MIN_CHARS and "-" not in text:  # a UUID is none
            texts.append(text)
    for part in parts:
        if part and isinstance(part, dict) and not KEYS.isdisjoint(part):
            texts += _texts_in(part)
    if not texts or not key:
        return None
    found = dict.fromkeys(wallet for text in texts if (wallet := wallet_of(text)))
    if not found or _is_of_a_receiver(event or ""):
        return None
    return [wallet_id(wallet, key) for wallet in list(found)[:MAX_WALLETS]]


@lru_cache(maxsize=4096)
def wallet_id(wallet: str, key: bytes) -> str:
    """Return the id of a wallet (``family:address`` in normal form): its family and HMAC-SHA256 of all of it."""
    return f"{wallet.partition(':')[0]}:{hmac.digest(key, wallet.encode(), 'sha256').hex()[:HASH_HEX_DIGITS]}"


def _texts_in(part: dict[str, Any]) -> Iterator[str]:
    """Texts under known keys, those of objects and lists right below them included."""
    for name in part.keys() & KEYS:
        value = part[name]
        for item in value[:MAX_WALLETS] if isinstance(value, list) else (value,):
            if isinstance(item, str) and name not in _HOLDER_KEYS:
                yield from _SEPARATORS.split(item)[:MAX_WALLETS]
            elif isinstance(item, dict) and _TOKEN_SIGNS.isdisjoint(item):
                inner = (item[key] for key in item.keys() & KEYS)
                yield from (text for text in inner if isinstance(text, str))


def _is_of_a_receiver(event: str) -> bool:
    """Tell the one act whose address is the receiver's under a plain name: confirming one with little activity."""
    return "lowaddressactivity" in event.lower().replace("_", "").replace(" ", "")
