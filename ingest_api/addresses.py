"""Wallet addresses: told apart by chain family, verified where their format has a checksum, in one normal form.

Pure functions. What is not valid is no wallet. Sources: EIP-55 (https://eips.ethereum.org/EIPS/eip-55), base58check
(https://en.bitcoin.it/wiki/Base58Check_encoding), bech32 and bech32m (BIP 173, BIP 350), Solana's base58 of 32 bytes,
Tron's base58check with version 0x41. All read 2026-11.
"""

import hashlib
import re
from functools import lru_cache

from Crypto.Hash import keccak

MIN_CHARS, MAX_CHARS = 26, 90
_EVM = re.compile(r"0[xX][0-9a-fA-F]{40}", re.ASCII)
_SUI = re.compile(r"0[xX][0-9a-fA-F]{64}", re.ASCII)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_VALUE = {char: value for value, char in enumerate(_BASE58)}
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_VALUE = {char: value for value, char in enumerate(_BECH32)}
_BECH32_STEPS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_CHECK, _BECH32M_CHECK = 1, 0x2BC830A3
_CHECKED_FAMILIES = {0x00: "bitcoin", 0x05: "bitcoin", 0x41: "tron"}  # version byte of base58check


@lru_cache(maxsize=4096)
def wallet_of(text: str) -> str | None:
    """Return ``family:address`` in normal form (families evm, solana, bitcoin, tron, sui); None for anything else."""
    text = text.strip()
    if not MIN_CHARS <= len(text) <= MAX_CHARS or not text.isascii():
        return None
    if text[:2] in ("0x", "0X"):
        return _of_hex(text)
    if text[:3].lower() == "bc1":
        return f"bitcoin:{text.lower()}" if _is_segwit(text) else None
    return _of_base58(text)


def _of_hex(text: str) -> str | None:
    digits, lower = text[2:], text[2:].lower()
    if lower.startswith("0" * 32) or len(set(lower)) == 1:
        return None  # nobody's: the zero address, precompiles, the stand-in for a native coin (0xeee…)
    if _SUI.fullmatch(text):
        return f"sui:0x{lower}"
    if not _EVM.fullmatch(text):
        return None
    if digits not in (lower, lower.upper()) and digits != _eip55(lower):
        return None
    return f"evm:0x{lower}"


def _eip55(lower: str) -> str:
    """Return the spelling of an EVM address that carries its checksum: upper case where the hash's digit is over 7."""
    digest = keccak.new(digest_bits=256, data=lower.encode()).hexdigest()
    return "".join(char.upper() if digit > "7" else char for char, digit in zip(lower, digest, strict=False))


def _of_base58(text: str) -> str | None:
    data = _base58_decoded(text)
    if data is None:
        return None
    if len(data) == 32 and any(data):
        return f"solana:{text}"
    if len(data) == 25 and data[0] in _CHECKED_FAMILIES:
        check = hashlib.sha256(hashlib.sha256(data[:21]).digest()).digest()[:4]
        return f"{_CHECKED_FAMILIES[data[0]]}:{text}" if check == data[21:] else None
    return None


def _base58_decoded(text: str) -> bytes | None:
    number = 0
    for char in text:
        value = _BASE58_VALUE.get(char)
        if value is None:
            return None
        number = number * 58 + value
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _is_segwit(text: str) -> bool:
    """Tell whether a ``bc1…`` address is valid: one case, checksum of its version, program of a right length."""
    lower = text.lower()
    if text not in (lower, text.upper()):
        return False
    values = [_BECH32_VALUE.get(char, -1) for char in lower[3:]]
    if len(values) < 8 or -1 in values:
        return False
    version, program = values[0], values[1:-6]
    expected = _BECH32_CHECK if version == 0 else _BECH32M_CHECK
    if version > 16 or _polymod([3, 3, 0, 2, 3, *values]) != expected:  # "bc", expanded as BIP 173 has it
        return False
    spare_bits = len(program) * 5 % 8
    if spare_bits > 4 or program[-1] & ((1 << spare_bits) - 1):
        return False
    length = len(program) * 5 // 8
    return length in (20, 32) if version == 0 else 2 <= length <= 40


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, step in enumerate(_BECH32_STEPS):
            check ^= step if top >> bit & 1 else 0
    return check
