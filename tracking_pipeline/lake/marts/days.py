"""Days as constants in SQL: DuckLake reads only the partitions that an ``in`` list names (tried; not so for ``or``)."""

import datetime as dt
import itertools
from collections.abc import Iterable

Span = tuple[dt.date, dt.date]
MAX_SPANS = 12
ONE_DAY = dt.timedelta(days=1)
# A list longer than this costs more to plan than it saves: then everything is read.
MAX_DAYS_LISTED = 800


def days_of(spans: Iterable[Span], margin: int = 0) -> set[dt.date]:
    """Return every day of the spans, ``margin`` days before and after included."""
    found: set[dt.date] = set()
    for first, last in spans:
        count = (last - first).days + 2 * margin + 1
        found.update(first + (number - margin) * ONE_DAY for number in range(count))
    return found


def spans_of(days: Iterable[dt.date]) -> list[Span]:
    """Join days into at most ``MAX_SPANS`` spans, neighbours first, then over the narrowest gaps."""
    spans: list[Span] = [(day, day) for day in sorted(set(days))]
    while len(spans) > 1:
        gaps = [second[0] - first[1] for first, second in itertools.pairwise(spans)]
        narrowest = min(gaps)
        if narrowest > ONE_DAY and len(spans) <= MAX_SPANS:
            break
        spans = _joined(spans, narrowest)
    return spans


def _joined(spans: list[Span], gap: dt.timedelta) -> list[Span]:
    """Join every two neighbours that lie no further apart than ``gap``."""
    joined = [spans[0]]
    for first, last in spans[1:]:
        if first - joined[-1][1] <= gap:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def condition(days: Iterable[dt.date]) -> str:
    """Return the SQL condition that ``day`` is one of these."""
    listed = sorted(set(days))
    if not listed:
        return "false"
    if len(listed) > MAX_DAYS_LISTED:
        return f"day between date '{listed[0]}' and date '{listed[-1]}'"
    constants = ", ".join(f"date '{day}'" for day in listed)
    return f"day in ({constants})"
