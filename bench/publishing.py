"""The publisher on one core against what one worker accepts, one event a request.

Run: ``python -m bench.publishing``. Publishes a spool of events as the collector writes them, with the real disk, and
loads a collector in the same run. Prints both and their ratio (the aim: at least 4).
"""

import argparse
import statistics
import tempfile
import time
import uuid
from pathlib import Path

from bench import http_load
from bench.servers import COLLECTOR, load, server
from ingest_api import frames, posts, records
from ingest_api.dialects import segment
from ingest_api.landing import Landing
from ingest_api.publisher import Publisher
from ingest_api.receipt import Receipt

AT_LEAST = 4
SEGMENT_EVENTS = 2000  # what half a second of full load leaves in one
START_US = 1_795_600_800_000_000


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=40_000, help="events of one publication")
    parser.add_argument("--pairs", type=int, default=5, help="measurements of each, in turns")
    given = parser.parse_args()
    payloads = [payload(number) for number in range(given.events)]
    pairs = []
    with tempfile.TemporaryDirectory() as folder, server(COLLECTOR, Path(folder)) as ours:
        load(ours, 1)
        for _ in range(given.pairs):
            pairs.append((load(ours, 3).per_s, *published_per_s(payloads)))
    accepted, by_cpu, by_clock = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"one worker accepts      {accepted:7.0f} events/s, one a request")
    print(
        f"the publisher publishes {by_cpu:7.0f} events/s of its core's time, {by_clock:.0f} by the clock, disk included"
    )
    ratios = [publishes / accepts for accepts, publishes, _ in pairs]
    shown = " ".join(f"{ratio:.1f}" for ratio in ratios)
    print(f"ratio                   {statistics.median(ratios):7.1f}  ({shown}), at least {AT_LEAST}")


def payload(number: int) -> bytes:
    """Make the spool's record of an event that a browser sent."""
    body = http_load.event(number).partition(b"\r\n\r\n")[2]
    receipt = Receipt(
        received_at=START_US + number,
        source="default",
        path="/v1/track",
        device_id="8c6a5a0e-5d5c-4b3a-9a60-6d9f5b0d1c11",
        user_agent="Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0",
        origin="https://shop.example",
    )
    (record,) = records.encode(posts.rows(segment.parse_single(body, call_type="track"), receipt))
    return record


def published_per_s(payloads: list[bytes]) -> tuple[float, float]:
    """Publish them; return events a second of CPU time, and by the clock."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        publisher = Publisher(root / "spool", Landing(root))
        publisher.prepare()
        for first in range(0, len(payloads), SEGMENT_EVENTS):
            held = payloads[first : first + SEGMENT_EVENTS]
            data = b"".join(frames.encode(record, number) for number, record in enumerate(held))
            (root / "spool" / f"{uuid.uuid4().hex}.seg").write_bytes(data)
        cpu_s, clock_s, done = time.process_time(), time.perf_counter(), 0
        while rows := publisher.publish_once():
            done += rows
        cpu_s, clock_s = time.process_time() - cpu_s, time.perf_counter() - clock_s
    return done / cpu_s, done / clock_s


if __name__ == "__main__":
    main()
