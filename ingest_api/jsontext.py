"""JSON at the level of its text: what msgspec refuses for a whole body is found and cut out here.

msgspec refuses a whole body for half an emoji, for 1e400, for NaN, for a byte order mark, and raises
RecursionError at depth 1,000. What one event holds must never cost another, so a refused body is cleaned, and
if that does not help, split at the brackets into its events, each judged alone.
"""

import codecs
import json
import re
from collections.abc import Iterator

import msgspec

from ingest_api.schema import RejectReason

MAX_DEPTH = 64
UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)  # what msgspec raises for what is not its JSON

_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair
    r"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"  # half of one
    r"|\\."
)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{},]', re.DOTALL)
_MEMBER = re.compile(r'"((?:[^"\\]|\\.)*+)"\s*:\s*(.*)', re.DOTALL)


def attempts(raw: bytes) -> Iterator[bytes]:
    """Yield the text as it came, then (only where that is refused) cleaned."""
    yield raw
    yield clean(raw)


def clean(body: bytes) -> bytes:
    """Return the body without byte order mark, bytes that are no UTF-8, and halves of surrogate pairs."""
    text = body.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
    return _ESCAPE.sub(lambda match: r"\ufffd" if match[1] else match[0], text).encode()


def children(text: str) -> list[str] | None:
    """Split the outermost object or array at its commas; None if the brackets do not match.

    Looks only at strings and brackets, so it takes apart what no JSON parser accepts.
    """
    parts: list[str] = []
    depth = start = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "{[":
            depth += 1
            start = match.end() if depth == 1 else start
        elif token in "}]":
            depth -= 1
        if (depth == 0 and token in "}]") or (depth == 1 and token == ","):
            parts.append(text[start : match.start()].strip())
            start = match.end()
        if depth == 0:
            break
    closed = depth == 0 and start > 0 and not text[start:].strip()
    return [part for part in parts if part] if closed else None


def members(text: str) -> dict[str, str] | None:
    """Return the text of each member of the outermost object; None if it is not an object."""
    parts = children(text) if text.lstrip().startswith("{") else None
    if parts is None:
        return None
    found = (_MEMBER.match(part) for part in parts)
    return {match[1]: match[2] for match in found if match}


def depth_of(text: str) -> int:
    """Return the greatest nesting depth of brackets outside strings."""
    depth = deepest = 0
    for match in _TOKEN.finditer(text):
        if match[0] in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif match[0] in "}]":
            depth -= 1
    return deepest


def fault_of(text: str) -> tuple[RejectReason, str] | None:
    """Say why one event's text is refused; None if it is fine."""
    if text.count("{") + text.count("[") > MAX_DEPTH and depth_of(text) > MAX_DEPTH:
        return RejectReason.TOO_DEEP, f"nested deeper than {MAX_DEPTH}"
    try:
        msgspec.json.decode(text)
    except msgspec.ValidationError:
        return RejectReason.NUMBER_TOO_LARGE, "a number is outside the range of IEEE doubles"
    except UNREADABLE as error:
        return _classify(text, str(error))
    return None


def _classify(text: str, message: str) -> tuple[RejectReason, str]:
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except _NotFinite as error:
        return RejectReason.NOT_FINITE, f"{error} is no JSON number"
    except (ValueError, RecursionError):
        pass
    return RejectReason.INVALID_JSON, message


def _refuse_constant(name: str) -> float:
    raise _NotFinite(name)


class _NotFinite(Exception):
    """NaN or Infinity stands in the text."""
