"""Slow clients: whoever sends a body drop by drop is cut off, so that no thread waits for ever (slow loris).

The server ends slow headers itself, and slow bodies never (https://github.com/emmett-framework/granian/issues/728);
a thread that waits for one cannot be woken but by the end of its connection. So each thread notes when it began to
wait, and while one waits for too long, this looks at the process's sockets: which of them have sent something and got
no answer since? Those get shut down, the oldest first, and their threads read the end. The client gets no answer, so
SDKs send again. The kernel's clocks tick in milliseconds: an idle connection may look like one that sent a request and
half of the next at once. Such are suspects, and go only when no surer one is left. Linux only (``TCP_INFO``);
elsewhere slow bodies wait.
"""

import contextlib
import logging
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
log = logging.getLogger(__name__)

BLOCKING_THREADS = 256  # of a worker; made when needed. 200 slow clients leave 56 for the others
MANY_WAIT = 128  # threads: where more wait for bodies, the slowest are cut off early
MANY_WAIT_FOR_LARGE = 16  # the same for large bodies, of which so many more are read at once
LARGE_BODIES = 32  # bodies over 64 kB that are read at once: 16 MB of them lie in memory half read, not more
LARGE_BODIES_QUEUE = 64  # more than those that are read and these are refused at once
LARGE_BODY_WAIT_S = 10.0
LOOK_EVERY_S = 0.25
BODY_DEADLINE_S = 20.0  # a batch of 500 kB takes 10 s at 400 kbit/s, as slow as mobile networks are used
CROWDED_DEADLINE_S = 1.0  # while threads run short: a body normally comes with its headers, or one round trip later
ESTABLISHED, CLOSE_WAIT = 1, 8  # states of TCP: include/net/tcp_states.h
# struct tcp_info, include/uapi/linux/tcp.h: state; ages in ms of what was last sent and received; data segments in, out
_STATE, _AGES, _SEGMENTS = struct.Struct("B"), struct.Struct("=I4xI"), struct.Struct("=II")
_AGES_AT, _SEGMENTS_AT = 8 + 9 * 4, 8 + 24 * 4 + 4 * 8 + 4 * 4


class Waiting:
    """The threads of this process that wait for a body, and since when."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.now = clock()  # as of the last look, which is exact enough and costs a request nothing
        self.cut_off = 0  # connections, since the start
        self._since: dict[int, float] = {}
        self._since_large: dict[int, float] = {}
        self._large = threading.BoundedSemaphore(LARGE_BODIES)
        self._queue = threading.BoundedSemaphore(LARGE_BODIES + LARGE_BODIES_QUEUE)

    def read(self, read: Callable[[T, int], bytes], request: T, length: int) -> bytes:
        """Read a body, which may take long, as one of those who wait."""
        me = threading.get_ident()
        self._since[me] = self.now
        try:
            return read(request, length)
        finally:
            del self._since[me]

    def read_large(self, read: Callable[[T, int], bytes], request: T, length: int) -> bytes | None:
        """Read a large body, of which only so many are read at once; None when there was no room, or it may be cut.

        The server tells the end of a chunked body from its breaking off to nobody: one that was read while slow
        clients were cut off is not believed, and its client asked to send again.
        """
        if not self._queue.acquire(blocking=False):
            return None
        cut_off = self.cut_off
        try:
            has_room = self._large.acquire(timeout=LARGE_BODY_WAIT_S)
            body = self._read_large(read, request, length) if has_room else None
        finally:
            self._queue.release()
        return body if cut_off == self.cut_off else None

    def excess(self) -> int:
        """Count the waits that are over their time: past the deadline, or too many that are slow."""
        now = self.now = self.clock()
        waits, large = list(self._since.copy().values()), list(self._since_large.copy().values())
        late = sum(now - since > BODY_DEADLINE_S for since in waits)
        slow = sum(now - since > CROWDED_DEADLINE_S for since in waits)
        slow_large = sum(now - since > CROWDED_DEADLINE_S for since in large)
        return max(late, slow - MANY_WAIT, slow_large - MANY_WAIT_FOR_LARGE)

    def _read_large(self, read: Callable[[T, int], bytes], request: T, length: int) -> bytes:
        me = threading.get_ident()
        self._since_large[me] = self.now
        try:
            return self.read(read, request, length)
        finally:
            del self._since_large[me]
            self._large.release()


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection that may wait for an answer, surely or perhaps; ``answered`` counts what it got."""

    fd: int
    inode: int
    answered: int
    surely: bool


class Reaper:
    """Shuts down as many connections as there are waits over their time, those first that wait the longest."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._seen: dict[Connection, float] = {}

    def watch(self) -> None:
        """Look for ever, in a thread of its own."""
        if sys.platform == "linux":
            threading.Thread(target=self._look_for_ever, name="stalled-clients", daemon=True).start()

    def look(self) -> int:
        """Look once; return how many connections were shut down."""
        excess = self._waiting.excess()
        if excess <= 0:
            self._seen = {}
            return 0
        now = self._waiting.now
        self._seen = {found: self._seen.get(found, now) for found in connections()}
        seen_before = (found for found, since in self._seen.items() if since < now)
        oldest = sorted(seen_before, key=lambda found: (not found.surely, self._seen[found]))
        self._waiting.cut_off += len(oldest[:excess])  # before the first reads its end
        for connection in oldest[:excess]:
            shut_down(connection)
        return len(oldest[:excess])

    def _look_for_ever(self) -> None:
        while True:
            time.sleep(LOOK_EVERY_S)
            count = self.look()
            if count:
                log.warning("slow clients cut off count=%d", count)


def connections() -> Iterator[Connection]:
    """Find this process's connections that have sent something."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names are all that is needed
        with contextlib.suppress(OSError):
            found = _connection(int(name))
            if found:
                yield found


def shut_down(connection: Connection) -> None:
    """End a connection, both ways, unless its descriptor has become another's meanwhile."""
    with contextlib.suppress(OSError), _borrowed(connection.fd) as held:
        if os.fstat(connection.fd).st_ino == connection.inode:
            held.shutdown(socket.SHUT_RDWR)


def _connection(fd: int) -> Connection | None:
    with _borrowed(fd) as held:
        info = held.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    if _STATE.unpack_from(info)[0] not in (ESTABLISHED, CLOSE_WAIT):
        return None
    sent_ms, received_ms = _AGES.unpack_from(info, _AGES_AT)
    received, answered = _SEGMENTS.unpack_from(info, _SEGMENTS_AT)
    if not received:
        return None
    return Connection(fd, os.fstat(fd).st_ino, answered, surely=not answered or received_ms < sent_ms)


@contextlib.contextmanager
def _borrowed(fd: int) -> Iterator[socket.socket]:
    """Give a socket object of a descriptor that is not ours to close; OSError where it is no socket."""
    borrowed = socket.socket(fileno=fd)
    try:
        yield borrowed
    finally:
        borrowed.detach()
