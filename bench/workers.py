"""CPU time of a request with two workers against one, under the same load, in turns.

Run: ``python -m bench.workers``. Prints both and their ratio (the aim: at most 1.15).
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from bench.servers import COLLECTOR, in_turns, server

AT_MOST = 1.15


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="length of one load")
    parser.add_argument("--pairs", type=int, default=5, help="loads of each server, in turns")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as one_folder,
        tempfile.TemporaryDirectory() as two_folder,
        server(COLLECTOR, Path(one_folder)) as one,
        server(COLLECTOR, Path(two_folder), workers=2) as two,
    ):
        ones, twos = in_turns(one, two, given.pairs, given.seconds)
    for name, turns in (("one worker", ones), ("two workers", twos)):
        cpu_us = statistics.median(turn.cpu_us for turn in turns)
        print(
            f"{name:12} {cpu_us:5.0f} us of CPU a request, {statistics.median(t.per_s for t in turns):6.0f} requests/s"
        )
    ratios = [more.cpu_us / less.cpu_us for less, more in zip(ones, twos, strict=True)]
    shown = " ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"ratio        {statistics.median(ratios):5.2f}  ({shown}), at most {AT_MOST}")
    print(f"errors       {sum(turn.errors for turn in [*ones, *twos])}, must be 0")


if __name__ == "__main__":
    main()
