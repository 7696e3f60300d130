"""Counters and histograms of one process, in memory; ``metrics_store`` keeps them across restarts and workers.

They tell what was answered and how fast. The sums that must hold are counted from files, never here.
"""

import threading
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128)
INFINITY = "+Inf"


@dataclass(frozen=True, slots=True)
class Count:
    """A counter: what it counts, and the name of its one label, if it has one."""

    help: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """A histogram: what it measures, and the upper bounds of its buckets."""

    help: str
    bounds: tuple[float, ...] = SECONDS


COUNTS = {
    "tracking_requests": Count("Requests answered, by outcome.", "code"),
    "tracking_received_bytes": Count("Bytes of bodies that were read, as sent."),
    "tracking_events_received": Count("Events taken from requests: accepted and rejected ones."),
    "tracking_events_accepted": Count("Events stored."),
    "tracking_events_rejected": Count("Events refused and kept as rejected rows, by reason.", "reason"),
    "tracking_published_rows": Count("Rows that the publisher put into part files."),
    "tracking_published_parts": Count("Part files that the publisher made."),
    "tracking_publish_failures": Count("Publications that failed and were tried again."),
}
SPREADS = {
    "tracking_request_seconds": Spread("Time from a post's head to its answer; waiting for a thread is not in it."),
    "tracking_fsync_seconds": Spread("Write and fdatasync of one group commit."),
    "tracking_commit_requests": Spread("Requests that shared one fdatasync.", SIZES),
    "tracking_publish_seconds": Spread("One publication, from closed segments to part files."),
}
_KEYS = {name: [f"{name} {bound}" for bound in (*spread.bounds, INFINITY)] for name, spread in SPREADS.items()}
_REQUEST_KEYS = _KEYS["tracking_request_seconds"]
_FSYNC_KEYS = _KEYS["tracking_fsync_seconds"]
_SIZE_KEYS = _KEYS["tracking_commit_requests"]
Values = dict[str, float]


class Metrics:
    """What one process counted. Thread-safe; at most 2 us a request (``python -m bench.collector``)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: Values = defaultdict(float)

    def add(self, name: str, label: str = "", by: float = 1) -> None:
        """Count one of ``COUNTS``; ``label`` is the value of its label."""
        key = f"{name} {label}" if label else name
        with self._lock:
            self._values[key] += by

    def observe(self, name: str, value: float) -> None:
        """Measure one of ``SPREADS``."""
        key = _KEYS[name][bisect_left(SPREADS[name].bounds, value)]
        with self._lock:
            self._values[key] += 1
            self._values[name] += value

    def posted(self, seconds: float, received_bytes: int) -> None:
        """Measure one post, whatever its answer."""
        bucket = _REQUEST_KEYS[bisect_left(SECONDS, seconds)]
        with self._lock:
            self._values[bucket] += 1
            self._values["tracking_request_seconds"] += seconds
            self._values["tracking_received_bytes"] += received_bytes

    def accepted(self, events: int) -> None:
        """Count accepted events of one request."""
        with self._lock:
            self._values["tracking_events_received"] += events
            self._values["tracking_events_accepted"] += events

    def rejected(self, reason: str) -> None:
        """Count one rejected event."""
        with self._lock:
            self._values["tracking_events_received"] += 1
            self._values[f"tracking_events_rejected {reason}"] += 1

    def committed(self, seconds: float, requests: int) -> None:
        """Measure one group commit."""
        bucket, size = _FSYNC_KEYS[bisect_left(SECONDS, seconds)], _SIZE_KEYS[bisect_left(SIZES, requests)]
        with self._lock:
            self._values[bucket] += 1
            self._values["tracking_fsync_seconds"] += seconds
            self._values[size] += 1
            self._values["tracking_commit_requests"] += requests

    def published(self, seconds: float, rows: int, parts: int) -> None:
        """Measure one publication."""
        self.observe("tracking_publish_seconds", seconds)
        self.add("tracking_published_rows", by=rows)
        self.add("tracking_published_parts", by=parts)

    def values(self) -> Values:
        """Return all values so far, by key: a name, or a name and a label's value or a bucket's bound."""
        with self._lock:
            return dict(self._values)

    def start_from(self, values: Values) -> None:
        """Go on counting from what an earlier life counted."""
        with self._lock:
            for key, value in values.items():
                self._values[key] += value


def buckets(name: str, values: Values) -> list[tuple[str, float]]:
    """Return a histogram's cumulative buckets: upper bound, count of all values up to it."""
    total, cumulative = 0.0, []
    for key in _KEYS[name]:
        total += values.get(key, 0)
        cumulative.append((key.rpartition(" ")[2], total))
    return cumulative
