"""Rates: how many requests one client address, or one source, may send. See docs/http-api.md, "Rate limits"."""

import re
from dataclasses import dataclass

PERIODS_S = {"s": 1, "m": 60, "h": 3600}
_RATE = re.compile(r"([1-9][0-9]{0,8})\s*/\s*(s|m|h)(?:ec|in)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rate:
    """``requests`` at once, and again as many in every ``period_s`` seconds."""

    requests: int
    period_s: int


def parse_rate(text: str) -> Rate | None:
    """Read ``100/s``, ``6000/m`` or ``10/h``; None for ``off``. Raises ValueError."""
    if text.strip().lower() == "off":
        return None
    match = _RATE.fullmatch(text.strip())
    if match is None:
        raise ValueError("is no rate: write `off`, or requests a second, minute or hour such as 100/s, 6000/m, 10/h")
    return Rate(int(match[1]), PERIODS_S[match[2].lower()])
