"""Rate limits: how many requests one client address, or one source, may send.

GCRA, the token bucket that needs one number a bucket: the time at which it will be full again. Own code, because
it lies on every request's path: it takes 0.9 us a check, the library ``limits`` 3 to 6 (5.8.0, in memory, measured
in one run), and that one's memory grows with every address that comes.
"""

import math
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

PERIODS_S = {"s": 1, "m": 60, "h": 3600}
ROUNDING_S = 1e-6  # many small steps do not add up to a whole period exactly
GENERATION = 20_000  # buckets; two generations of them take about 8 MB, however many addresses come
_RATE = re.compile(r"([1-9][0-9]{0,8})\s*/\s*(?:(s)(?:ec)?|(m)(?:in)?|(h))", re.IGNORECASE)


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
    return Rate(int(match[1]), PERIODS_S[(match[2] or match[3] or match[4]).lower()])


class Limiter:
    """The buckets of one worker; thread-safe. Each of ``workers`` grants its share, so that the sum holds.

    Buckets lie in two generations: a full young one becomes the old one, and what was old is forgotten. Who keeps
    asking stays; forgetting favours the client that was quiet while 20,000 others came.
    """

    def __init__(self, workers: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._workers = workers
        self._clock = clock
        self._lock = threading.Lock()
        self._young: dict[str, float] = {}
        self._old: dict[str, float] = {}

    def wait_s(self, bucket: str, rate: Rate) -> int:
        """Take one request out of a bucket: 0, or the whole seconds until there is one again."""
        now = self._clock()
        each_s = rate.period_s * self._workers / rate.requests
        with self._lock:
            full_at = max(self._young.get(bucket) or self._old.get(bucket, now), now)
            late_s = full_at + each_s - now - max(rate.period_s, each_s)
            if late_s <= ROUNDING_S:
                full_at += each_s
            self._young[bucket] = full_at
            if len(self._young) >= GENERATION:
                self._young, self._old = {}, self._young
        return 0 if late_s <= ROUNDING_S else math.ceil(late_s)

    def __len__(self) -> int:
        """Count the buckets that are remembered."""
        return len(self._young) + len(self._old)
