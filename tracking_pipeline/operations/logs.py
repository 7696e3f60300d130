"""How our own processes log: one line an entry, UTC, to stdout; the supervisor writes and rotates the files."""

import logging
import sys
import time

OURS = ("ingest_api", "tracking_pipeline", "__main__")
FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s"


def log_to_stdout() -> None:
    """Send our INFO and everybody's WARNING to stdout. Called once, by a process's ``main``."""
    formatter = logging.Formatter(FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
