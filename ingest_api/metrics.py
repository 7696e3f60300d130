"""Counters of one worker, shown at ``/metrics`` in Prometheus' text format (version 0.0.4). In memory only.

They tell what this process answered since its start; the sums that must hold are counted from files, not here.
"""

import threading
from collections import Counter

HELP = {
    "tracking_events_accepted_total": "Events stored.",
    "tracking_events_rejected_total": "Events refused and kept as rejected rows, by reason.",
    "tracking_requests_refused_total": "Requests answered with an error, by code.",
}


class Metrics:
    """Thread-safe counters."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, name: str, labels: str = "", by: int = 1) -> None:
        """Count; ``labels`` is the text between the braces, such as ``reason="too_deep"``."""
        with self._lock:
            self._counts[name, labels] += by

    def render(self) -> str:
        """Return the page."""
        with self._lock:
            counts = sorted(self._counts.items())
        lines = []
        for name, text in HELP.items():
            lines += [f"# HELP {name} {text}", f"# TYPE {name} counter"]
            lines += [
                f"{name}{{{labels}}} {n}" if labels else f"{name} {n}" for (key, labels), n in counts if key == name
            ]
        return "\n".join(lines) + "\n"
