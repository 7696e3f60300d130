"""Rules of ``user_data``: hashes only, and few of them; ENFORCE is taken to refuse the request (inferred).

https://developers.google.com/analytics/devguides/collection/ga4/uid-data, read 2026-09-25. The wordings are ours.
The delivery never sends ``user_data``; other senders' payloads are linted.
"""

from collections.abc import Iterator
from typing import Any

from tracking_pipeline.protocol.findings import Finding, Place
from tracking_pipeline.protocol.limits import MAX_ADDRESSES, MAX_HASHES, SHA256_HEX

HASH_PREFIX = "sha256_"
_MOST = {"sha256_email_address": MAX_HASHES, "sha256_phone_number": MAX_HASHES, "address": MAX_ADDRESSES}


def check_user_data(user_data: dict[str, Any]) -> Iterator[Finding]:
    """Find hashes that are none and lists that are too long."""
    for name, most in _MOST.items():
        values = user_data.get(name, [])
        if isinstance(values, list) and len(values) > most:
            text = f"user_data.{name} has [{len(values)}] entries. At most [{most}] are allowed."
            yield Finding("user_data_max", text, f"user_data.{name}", place=("user_data", name, most))
    yield from _check_hashes(user_data, ("user_data",))


def _check_hashes(value: Any, place: Place) -> Iterator[Finding]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _check_hashes(inner, (*place, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _check_hashes(inner, (*place, number))
    elif _names_a_hash(place) and not (isinstance(value, str) and SHA256_HEX.fullmatch(value)):
        path = ".".join(str(step) for step in place)
        yield Finding("user_data_hash", f"{path}: no SHA-256 in lower-case hexadecimal.", path, place=place)


def _names_a_hash(place: Place) -> bool:
    """Tell whether the innermost name on the way to a value says that it is a hash."""
    names = [step for step in place if isinstance(step, str)]
    return names[-1].startswith(HASH_PREFIX)
