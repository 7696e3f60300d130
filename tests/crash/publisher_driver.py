"""A publisher that kills itself before one of its steps: ``python -m … SPOOL LANDING NUMBER``."""

import os
import signal
import sys
from itertools import count
from pathlib import Path

from ingest_api.landing import Landing
from ingest_api.publisher import Publisher


def main(spool: Path, landing: Path, last_step: int) -> None:
    """Publish once; before step number ``last_step``: SIGKILL."""
    numbers = count()

    def step(name: str) -> None:
        if next(numbers) == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    publisher = Publisher(spool, Landing(landing), step=step)
    publisher.prepare()
    publisher.publish_once()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
