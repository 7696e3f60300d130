"""Hours of receipt as a condition in SQL."""

import datetime as dt
from collections.abc import Iterable

from ingest_api.partitions import Hour

EPOCH_DAY = dt.date(1970, 1, 1)


def in_hours(hours: Iterable[Hour]) -> str:
    """Return the SQL condition that a row rests in one of these hours; the days in it let DuckLake skip files."""
    listed = sorted(set(hours))
    if not listed:
        return "false"
    days = ", ".join(f"date '{day}'" for day in sorted({hour.date for hour in listed}))
    numbers = ", ".join(str((hour.date - EPOCH_DAY).days * 24 + hour.hour) for hour in listed)
    return f"date in ({days}) and (date - date '{EPOCH_DAY}') * 24 + hour in ({numbers})"
