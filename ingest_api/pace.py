"""Short rests between slices of work: a process in the background that never keeps another one waiting for long.

Where processors are few, whoever waits for one waits until the slice of who has it is over, some 3 ms, several in a
row. A rest hands it over at once. Measured (``python -m bench.tail``): without rests the publisher's bursts made the
late answers of a collector 9 to 13 times as late as the usual ones, with them 4 to 5, as without a publisher. A lower
priority does less (5 to 6), and starves the publisher when the processors are busy.
"""

import time
from collections.abc import Callable

SLICE_ROWS = 20  # some 0.4 ms of work
REST_S = 0.001


class Pace:
    """Counts work in rows and rests after each slice of it, where ``rests`` is on."""

    def __init__(self, *, rests: bool = False, sleep: Callable[[float], None] = time.sleep) -> None:
        self.rests = rests
        self._sleep = sleep
        self._rows = 0

    def worked(self, rows: int) -> None:
        """Count work; rest when a slice is done."""
        self._rows += rows
        if self._rows >= SLICE_ROWS:
            self._rows = 0
            if self.rests:
                self._sleep(REST_S)
