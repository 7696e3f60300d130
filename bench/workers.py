"""CPU time of a request with two workers against one, under the same load, in turns; and that of a bare Flask echo.

Run: ``python -m bench.workers``. Prints both and their ratio (the aim: at most 1.15). The echo's ratio is what the
machine alone does to a second worker: with two cores the load has to share them.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from bench.servers import COLLECTOR, ECHO, Turn, in_turns, server

AT_MOST = 1.15


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="length of one load")
    parser.add_argument("--pairs", type=int, default=5, help="loads of each server, in turns")
    given = parser.parse_args()
    for target, name in ((COLLECTOR, "collector"), (ECHO, "echo")):
        with (
            tempfile.TemporaryDirectory() as one_folder,
            tempfile.TemporaryDirectory() as two_folder,
            server(target, Path(one_folder)) as one,
            server(target, Path(two_folder), workers=2) as two,
        ):
            print(f"{name}, at most {AT_MOST}:" if target == COLLECTOR else f"{name}, for comparison:")
            _print(*in_turns(one, two, given.pairs, given.seconds))


def _print(ones: list[Turn], twos: list[Turn]) -> None:
    for name, turns in (("one worker", ones), ("two workers", twos)):
        cpu_us = statistics.median(turn.cpu_us for turn in turns)
        print(
            f"{name:12} {cpu_us:5.0f} us of CPU a request, {statistics.median(t.per_s for t in turns):6.0f} requests/s"
        )
    ratios = [more.cpu_us / less.cpu_us for less, more in zip(ones, twos, strict=True)]
    shown = " ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"ratio        {statistics.median(ratios):5.2f}  ({shown})")
    print(f"errors       {sum(turn.errors for turn in [*ones, *twos])}, must be 0")


if __name__ == "__main__":
    main()
