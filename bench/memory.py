"""Memory of a collector's worker over many requests: is it flat?

Run: ``python -m bench.memory --requests 1000000``. Prints the proportional set size early, on the way and at the end
(the aim: flat, and at most 120 MB), the publisher at work.
"""

import argparse
import tempfile
import threading
from pathlib import Path

import psutil

from bench.servers import COLLECTOR, Turn, load, publisher, server

AT_MOST_MB = 120
WARM_UP = 20_000
PARTS = 10


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="requests; 1,000,000 for the full measurement")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server(COLLECTOR, Path(folder)) as ours, publisher(Path(folder)):
        watch = Watch(ours.workers[0])
        load(ours, 3600, requests=WARM_UP)
        print(f"after {WARM_UP:9,} requests  {watch.now():5.1f} MB", flush=True)
        turns: list[Turn] = []
        for part in range(PARTS):
            turns.append(load(ours, 3600, requests=given.requests // PARTS))
            print(
                f"after {WARM_UP + (part + 1) * given.requests // PARTS:9,} requests  {watch.now():5.1f} MB",
                flush=True,
            )
        watch.stop()
    print(f"highest {watch.highest:.1f} MB, at most {AT_MOST_MB}; errors {sum(turn.errors for turn in turns)}")


class Watch(threading.Thread):
    """Looks at a process's memory twice a second."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._ended = threading.Event()
        self.highest = 0.0
        self.start()

    def run(self) -> None:
        while not self._ended.wait(0.5):
            self.highest = max(self.highest, self.now())

    def now(self) -> float:
        """Return its proportional set size, MB."""
        return float(self._process.memory_full_info().pss / 1e6)

    def stop(self) -> None:
        """Stop looking."""
        self._ended.set()
        self.join()


if __name__ == "__main__":
    main()
