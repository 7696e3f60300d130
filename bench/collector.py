"""The durable collector against a bare Flask echo: same server, same settings, one event a request, in turns.

Run: ``python -m bench.collector``. Prints requests/s of both and their ratio (the aim: at least 0.40, no error),
the CPU a request costs the worker and where it goes, and the idle memory of worker and publisher.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import psutil

from bench.collector_stages import stages
from bench.servers import COLLECTOR, ECHO, Turn, in_turns, publisher, server
from tracking_pipeline.operations.parts import BLOCKING_THREADS

AT_LEAST = 0.40


def main() -> None:
    """Run the whole comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5, help="length of one load")
    parser.add_argument("--pairs", type=int, default=5, help="loads of each server, in turns")
    parser.add_argument("--threads", type=int, default=BLOCKING_THREADS, help="Granian's blocking threads, of both")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        with server(COLLECTOR, data_dir, threads=given.threads) as ours, publisher(data_dir) as working:
            _print_memory(ours.workers[0], working)
            with server(ECHO, data_dir, threads=given.threads) as echo:
                print_turns("echo", *in_turns(ours, echo, given.pairs, given.seconds), AT_LEAST)
        _print_stages(data_dir / "stages")


def print_turns(name: str, ours: list[Turn], other: list[Turn], at_least: float) -> None:
    """Print both, and the ratio of each pair."""
    for label, turns in (("collector", ours), (name, other)):
        rates = " ".join(f"{turn.per_s:.0f}" for turn in turns)
        print(
            f"{label:10} {statistics.median(turn.per_s for turn in turns):6.0f} requests/s  ({rates})"
            f"  {statistics.median(turn.cpu_us for turn in turns):.0f} us of CPU a request"
        )
    ratios = [mine.per_s / bare.per_s for mine, bare in zip(ours, other, strict=True)]
    shown = " ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"ratio      {statistics.median(ratios):.2f}  ({shown}), at least {at_least:.2f}")
    print(f"errors     {sum(turn.errors for turn in [*ours, *other])}, must be 0")


def _print_memory(worker: psutil.Process, working: psutil.Process) -> None:
    for name, process, limit in (("worker", worker, 60), ("publisher", working, 100)):
        print(f"memory     {name} idle {process.memory_full_info().pss / 1e6:.0f} MB PSS, at most {limit}")


def _print_stages(data_dir: Path) -> None:
    print("where a request's CPU goes, each alone in one thread, us (the server adds threads, sockets, HTTP):")
    for name, us in stages(data_dir).items():
        print(f"  {name:44} {us:6.1f}")


if __name__ == "__main__":
    main()
