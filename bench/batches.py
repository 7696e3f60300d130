"""25 events a request against one: events/s of the same collector, in turns, the publisher at work.

Run: ``python -m bench.batches``. Prints both and their ratio (the aim: at least 12), and the same ratio of the worker's
CPU time: what it would be where load, publisher and disk take nothing from the worker.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from bench.servers import COLLECTOR, load, publisher, server

EVENTS = 25
AT_LEAST = 12


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="length of one load")
    parser.add_argument("--pairs", type=int, default=5, help="loads of each kind, in turns")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server(COLLECTOR, Path(folder)) as ours, publisher(Path(folder)):
        load(ours, 1)
        pairs = [(load(ours, given.seconds), load(ours, given.seconds, events=EVENTS)) for _ in range(given.pairs)]
    ratios = [many.per_s * EVENTS / one.per_s for one, many in pairs]
    print(f"one event a request    {statistics.median(one.per_s for one, _ in pairs):7.0f} events/s")
    print(f"{EVENTS} events a request   {statistics.median(many.per_s * EVENTS for _, many in pairs):7.0f} events/s")
    shown = " ".join(f"{ratio:.1f}" for ratio in ratios)
    print(f"ratio                  {statistics.median(ratios):7.1f}  ({shown}), at least {AT_LEAST}")
    by_cpu = [EVENTS * one.cpu_us / many.cpu_us for one, many in pairs]
    one_us, many_us = (statistics.median(turn.cpu_us for turn in turns) for turns in zip(*pairs, strict=True))
    print(f"CPU a request          {one_us:.0f} us of one event, {many_us:.0f} us of {EVENTS}", end="; ")
    print(f"ratio {statistics.median(by_cpu):.1f}  ({' '.join(f'{ratio:.1f}' for ratio in by_cpu)})")
    print(f"errors                 {sum(one.errors + many.errors for one, many in pairs)}, must be 0")


if __name__ == "__main__":
    main()
