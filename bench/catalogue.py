"""What a judgement by the event catalogue costs, an event: ``python -m bench.catalogue``.

The events are the golden payloads of the browser's adapters, once each, decoded. The best of many short runs: a longer
one on a busy machine measures its neighbours.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

from ingest_api.catalogue import make_judge
from ingest_api.catalogue.reader import catalogue

GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
RUNS = 2_000
CALLS = 20


def best_us(work: Callable[[], object]) -> float:
    """Return the µs of one call, the best of many runs."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter_ns()
        for _ in range(CALLS):
            work()
        best = min(best, (time.perf_counter_ns() - start) / CALLS / 1000)
    return best


def main() -> None:
    """Print the cost of the mix, of the largest event, and of a name that no plan has."""
    start = time.perf_counter_ns()
    catalogue()
    loaded_ms = (time.perf_counter_ns() - start) / 1e6
    judge = make_judge()
    sent: list[tuple[str, dict[str, Any]]] = [
        (event["event"], event["properties"])
        for file in ("lifi.json", "jumper.json")
        for event in json.loads((GOLDEN / file).read_text())
    ]
    empty = best_us(lambda: None)
    costs = {
        (name, len(properties)): best_us(lambda name=name, properties=properties: judge(name, properties, False))
        - empty
        for name, properties in sent
    }
    (largest, size), cost = max(costs.items(), key=lambda item: item[0][1])
    print(f"catalogue loaded once in {loaded_ms:.1f} ms")
    print(f"golden payloads, mean of {len(costs)}: {mean(costs.values()):.2f} us an event")
    print(f"the largest, {largest} with {size} parameters: {cost:.2f} us")
    print(f"a site's own event: {best_us(lambda: judge('Swap Started', {}, False)) - empty:.2f} us")


if __name__ == "__main__":
    main()
