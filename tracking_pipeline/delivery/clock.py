"""Time and luck of the sender, in one place, so that a test can live through two days in a second."""

import datetime as dt
import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds since 1970, a pause in seconds, and a random number in [0, 1)."""

    now: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep
    luck: Callable[[], float] = random.random

    def utc(self) -> dt.datetime:
        """Now as a naive UTC datetime, which is what DuckDB's TIMESTAMP holds."""
        return utc_of(self.now())


def utc_of(seconds: float) -> dt.datetime:
    """Turn seconds since 1970 into a naive UTC datetime."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).replace(tzinfo=None)
