"""Answer times at half of the maximum rate, the publisher at work: p99 against p50.

Run: ``python -m bench.tail``. Requests leave on a clock of their own, a late answer counts from when its request was
due. Prints the rate, p50, p99 and their ratio (the aim: at most 5), and those of a bare Flask echo in turns.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from bench.servers import COLLECTOR, ECHO, load, publisher, server

AT_MOST = 5


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="length of one load")
    parser.add_argument("--turns", type=int, default=5, help="loads")
    parser.add_argument("--rate", type=float, default=0, help="requests/s; default: half of the maximum")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        server(COLLECTOR, Path(folder)) as ours,
        publisher(Path(folder)),
        server(ECHO, Path(folder)) as echo,
    ):
        load(ours, 1)
        rate = given.rate or load(ours, given.seconds / 2).per_s / 2
        options = {"rate": rate, "connections": 128}
        pairs = [
            (load(ours, given.seconds, **options), load(echo, given.seconds, **options)) for _ in range(given.turns)
        ]
    for name, turns in zip(("collector", "echo"), zip(*pairs, strict=True), strict=True):
        for turn in turns:
            print(f"{name:9} at {rate:.0f} requests/s: p50 {turn.p50_ms:.2f} ms, p99 {turn.p99_ms:.2f} ms", end="; ")
            print(f"errors {turn.errors}")
        ratios = [turn.p99_ms / turn.p50_ms for turn in turns]
        print(f"{name:9} p99/p50 {statistics.median(ratios):.1f}  ({' '.join(f'{r:.1f}' for r in ratios)})", end="; ")
        print(f"at most {AT_MOST}" if name == "collector" else "what the machine does to a server without a disk")


if __name__ == "__main__":
    main()
