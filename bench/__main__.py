"""``python -m bench`` lists the benchmarks; ``python -m bench --all`` (``make bench``) runs each in its short form."""

import argparse
import importlib
import subprocess
import sys

# module → arguments of its short form
BENCHES = {
    "bench.collector": [],
    "bench.postgres": [],
    "bench.batches": [],
    "bench.workers": [],
    "bench.tail": [],
    "bench.memory": [],
    "bench.publishing": [],
    "bench.load": ["--history", "5000000"],
    "bench.delivery": ["--history", "1000000"],
    "bench.outage": ["--events", "30000"],
    "bench.marts": [],
    "bench.backfill": ["--hours", "50"],
    "bench.questions": ["--events", "200000", "--days", "4"],
    "bench.day": ["--hours", "6"],
    "bench.latency": ["--seconds", "60"],
    "bench.catalogue": [],
    "bench.track_call": [],
    "bench.visits": ["--visits", "90"],
}


def main() -> int:
    """List, or run all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="run each in its short form, one after another")
    if not parser.parse_args().all:
        for module in BENCHES:
            about = (importlib.import_module(module).__doc__ or "").splitlines()[0]
            print(f"python -m {module:17} {about}")
        return 0
    failed = 0
    for module, arguments in BENCHES.items():
        print(f"== python -m {module} {' '.join(arguments)}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
