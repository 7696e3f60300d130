"""Ports for servers under test: outside the range outgoing connections take theirs from, and none given twice.

A port out of that range (``ip_local_port_range``, 32768 and up on Linux) may be taken by any client in the moment
before the server binds it, and a client that polls a closed one now and then meets itself (RFC 9293, section 3.5).
"""

import itertools
import os
import random
import socket

FIRST, COUNT = 20_000, 12_000
STRIDE = 8  # workers of one pytest run that never meet
_start = random.SystemRandom().randrange(COUNT // STRIDE)
_turns = itertools.count(_start)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now, another one at each call."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % STRIDE
    for turn in itertools.islice(_turns, COUNT // STRIDE):
        port = FIRST + turn * STRIDE % COUNT + worker
        if _is_free(port):
            return port
    raise OSError(f"no free port from {FIRST} to {FIRST + COUNT}: end what listens there")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
