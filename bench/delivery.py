"""The sender: what a round costs as history grows, and how fast a backlog drains.

Run: ``python -m bench.delivery``. Three parts, each printed with what it is compared to; no timed asserts.

- ``rounds``: choosing, planning and leasing 10,000 unsent events in a lake whose other events (``--history``, of the
  last two days) have long been sent; then the same with a quarter of them. ``--lake FOLDER`` asks it of a lake that
  ``bench.questions --keep FOLDER`` made, whose ledger is full.
- ``visitors``: requests for a thousand events, 50 visitors with about 20 events a minute, a run each minute.
- ``drain``: a backlog sent to the stand-in by one process, against bare httpx posting the same bodies, in turns.
"""

import argparse
import tempfile
from pathlib import Path

from bench.delivery_drain import drain
from bench.delivery_rounds import rounds, rounds_in, visitors
from bench.load import new_bench, opened


def main() -> None:
    """Run the parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--history", type=int, default=4_000_000, help="events of the last two days, sent long ago")
    parser.add_argument("--backlog", type=int, default=20_000, help="events of the second part")
    parser.add_argument("--only", choices=["rounds", "visitors", "drain"], help="one part alone")
    parser.add_argument("--lake", type=Path, help="folder of a lake that is there, for `--only rounds`")
    given = parser.parse_args()
    if given.only in (None, "visitors"):
        with tempfile.TemporaryDirectory() as folder:
            visitors(new_bench(Path(folder)))
    if given.only in (None, "drain"):
        for each in (8, 25):
            with tempfile.TemporaryDirectory() as folder:
                drain(Path(folder), given.backlog, each)
    if given.only not in (None, "rounds"):
        return
    if given.lake:
        rounds_in(opened(given.lake))
        return
    for history in (given.history // 4, given.history):
        with tempfile.TemporaryDirectory() as folder:
            rounds(new_bench(Path(folder)), history)


if __name__ == "__main__":
    main()
