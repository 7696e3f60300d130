"""How our own processes log: one line an entry, UTC, to stdout; the supervisor writes and rotates the files."""

import logging
import sys
import time

FORMAT = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s"


def log_to_stdout() -> None:
    """Send INFO and above to stdout. Called once, by a process's ``main``."""
    formatter = logging.Formatter(FORMAT, datefmt="%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
