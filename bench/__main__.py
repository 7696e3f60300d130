"""``make bench``: every benchmark in its short form, one after another. Each module's ``--help`` has the long form."""

import runpy
import sys

BENCHES = {
    "bench.collector": [],
    "bench.load": ["--history", "5000000"],
    "bench.day": ["--hours", "6"],
    "bench.latency": ["--seconds", "60"],
}

for module, arguments in BENCHES.items():
    print(f"== python -m {module} {' '.join(arguments)}", flush=True)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__")
