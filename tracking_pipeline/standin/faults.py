"""Faults on demand, for the delivery's crash drills; a test-only door that is shut unless it is asked for.

Each fault concerns the next ``count`` posts to collect, in the order they were ordered in; then all is normal.
They are kept in memory: one worker process only, and a restart forgets them.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from flask import Response

MAX_STALL_S = 60.0
MAX_SKEW_S = 366 * 86_400.0
MAX_COUNT = 100_000

Mode = Literal[
    "status",
    "stall_after_store",
    "stall_before_store",
    "close_after_store",
    "close_before_store",
    "reset_in_body",
    "end_keep_alive",
    "clock_skew",
]
"""status: answer ``status`` (with ``retry_after``), nothing stored.
stall_after_store: store, wait ``seconds``, answer 204. stall_before_store: wait, answer 503, nothing stored.
close_after_store, close_before_store: store or not, then close all connections, without a byte of an answer.
reset_in_body: reset all connections (RST) before the body is read, nothing stored.
end_keep_alive: store, answer 204, close the connection (``Connection: close``).
clock_skew: judge and store by a clock that is ``skew_s`` ahead (negative: behind), answer 204."""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One order: what goes wrong, how often, and its details."""

    mode: Mode
    count: Annotated[int, msgspec.Meta(ge=1, le=MAX_COUNT)] = 1
    status: Annotated[int, msgspec.Meta(ge=200, le=599)] = 503
    retry_after: str | int | None = None
    seconds: Annotated[float, msgspec.Meta(gt=0, le=MAX_STALL_S)] = 10.0
    skew_s: Annotated[float, msgspec.Meta(ge=-MAX_SKEW_S, le=MAX_SKEW_S)] = 0.0

    @property
    def skew_us(self) -> int:
        """How far ahead the clock is, microseconds."""
        return round(self.skew_s * 1e6) if self.mode == "clock_skew" else 0


class FaultQueue:
    """The orders that wait; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: deque[Fault] = deque()

    def add(self, fault: Fault) -> None:
        """Put an order behind those that wait."""
        with self._lock:
            self._orders.append(fault)

    def take(self) -> Fault | None:
        """Use up one count of the oldest order; None when all is normal."""
        with self._lock:
            if not self._orders:
                return None
            fault = self._orders.popleft()
            if fault.count > 1:
                self._orders.appendleft(msgspec.structs.replace(fault, count=fault.count - 1))
            return fault

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._orders.clear()

    def waiting(self) -> list[Fault]:
        """Return the orders that wait, with their remaining counts."""
        with self._lock:
            return list(self._orders)


def answer_wrongly(fault: Fault, store: Callable[[], object], close: Callable[[], Response]) -> Response:
    """Do what the fault says, calling ``store`` at most once; ``close`` ends the connection instead of an answer."""
    if fault.mode in ("end_keep_alive", "clock_skew"):
        store()
        return Response(status=204, headers={"Connection": "close"} if fault.mode == "end_keep_alive" else {})
    if fault.mode.endswith("after_store"):
        store()
    if fault.mode.startswith("close"):
        return close()
    if fault.mode.startswith("stall"):
        time.sleep(fault.seconds)
        return Response(status=204 if fault.mode == "stall_after_store" else 503)
    retry = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Response(status=fault.status, headers=retry)
