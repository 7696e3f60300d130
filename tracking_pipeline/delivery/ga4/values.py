"""Parameter values that GA4 takes: JSON text → text and numbers, every digit kept. Pure functions."""

import json
import math
import re
from decimal import Decimal
from typing import Any

MAX_EXACT_INT = 2**53  # beyond it a JSON reader that uses doubles changes digits
MAX_NUMBER_CHARS = 100
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")

Scalar = str | int | float


class NumberText(str):
    """A number that no double holds exactly: it leaves as text, and is not searched for personal shapes."""

    __slots__ = ()


def parse_properties(text: str | None) -> dict[str, Any]:
    """Read a JSON object whose numbers keep every digit; ValueError when it is not an object.

    Numbers that a double would change come back as ``NumberText``.
    """
    if text is None:
        return {}
    value = json.loads(text, parse_int=_integer, parse_float=_decimal, parse_constant=_refuse, strict=False)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("properties are no object")
    return value


def scalar(value: Any) -> Scalar | None:
    """Return a value GA4 takes; None for null, nested and empty ones, which it does not."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, NumberText):
        return value if len(value) <= MAX_NUMBER_CHARS else None
    if isinstance(value, int | float):
        return value
    return clean_text(value) if isinstance(value, str) else None


def number(value: Any) -> Scalar | None:
    """Return a number that may be written as text as a number, where a double holds it exactly; else as `scalar`.

    GA4 adds up numbers; of texts it only counts how often each came.
    """
    if not isinstance(value, str) or isinstance(value, NumberText) or not _NUMBER.fullmatch(value):
        return scalar(value)
    return _decimal(value)


def amount(value: Any) -> int | float | None:
    """Return an amount as a JSON number, the double next to it (GA4 keeps no more); None for what is none.

    An amount is never guessed: text with a currency sign or a thousands separator is no number.
    """
    found = number(value.strip() if type(value) is str else value)
    if isinstance(found, NumberText) and math.isfinite(nearest := float(found)):
        return nearest
    return found if isinstance(found, int | float) else None


def label(value: Any) -> str | None:
    """Return what GA4 wants as text: text, or a number written as text."""
    found = scalar(value)
    return None if found is None else str(found)


def clean_text(text: str | None) -> str | None:
    """Replace control characters by blanks and trim; None when nothing is left."""
    return _CONTROLS.sub(" ", text).strip() or None if text else None


def _integer(text: str) -> int | str:
    if len(text) > 17:
        return NumberText(text)
    value = int(text)
    return value if abs(value) <= MAX_EXACT_INT else NumberText(text)


def _decimal(text: str) -> float | str:
    if len(text) > MAX_NUMBER_CHARS:
        return NumberText(text)
    value = float(text)
    if value in (float("inf"), float("-inf")) or Decimal(text) != Decimal(repr(value)):
        return NumberText(text)
    return value


def _refuse(text: str) -> str:
    raise ValueError(f"{text} is no JSON number")
