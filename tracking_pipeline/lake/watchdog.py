"""End this process when a step under the writer lock hangs, so that the lock is free again and others go on.

DuckDB 1.5.5 knows hangs that no interrupt ends (duckdb issue 24961: every thread parked in a windowed query). Such a
step would hold the lock until Dagster's limit of 15 minutes; here the process ends with the tracebacks of its
threads, its transaction is rolled back by never having been committed, and the sensor asks for a new run.
"""

import contextlib
import faulthandler
import sys
from collections.abc import Iterator
from dataclasses import dataclass

LIMIT_S = 120.0  # a transaction of a million rows takes 2 s on two idle cores


@dataclass(slots=True)
class _Watch:
    """Whether this process counts now: faulthandler has one timer a process."""

    counting: bool = False


_watch = _Watch()


@contextlib.contextmanager
def limited(limit_s: float = LIMIT_S) -> Iterator[None]:
    """Let the body take this long, or end the process with status 1. Not nested, one thread at a time."""
    _watch.counting = True
    restart(limit_s)
    try:
        yield
    finally:
        _watch.counting = False
        faulthandler.cancel_dump_traceback_later()


def restart(limit_s: float = LIMIT_S) -> None:
    """Count from now on, within ``limited``; elsewhere nothing."""
    if _watch.counting:
        faulthandler.dump_traceback_later(limit_s, exit=True, file=sys.__stderr__ or sys.stderr)
