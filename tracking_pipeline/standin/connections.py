"""Resetting and closing this server's connections as a network or a crash would, for the delivery's drills. Linux only.

WSGI knows no sockets, so they are found among the process's open files by their port. A disconnected TCP socket sends
RST: connect(2), "connectionless sockets may dissolve the association by connecting to an address with AF_UNSPEC", and
tcp_disconnect in Linux' net/ipv4/tcp.c, which does it for TCP.
"""

import contextlib
import ctypes
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

FILES = Path("/proc/self/fd")
UNSPECIFIED = bytes(16)  # struct sockaddr of family AF_UNSPEC (0)
INTERNET = (socket.AF_INET, socket.AF_INET6)


def reset_all(port: int) -> int:
    """Reset all connections to a port of this process, whatever they are in the middle of; return how many."""
    connect = ctypes.CDLL(None, use_errno=True).connect
    with _connections(port) as found:
        return sum(connect(one.fileno(), UNSPECIFIED, len(UNSPECIFIED)) == 0 for one in found)


def close_all(port: int) -> None:
    """Close all connections to a port of this process as a server that ends does: what was not answered never is."""
    with _connections(port) as found:
        for one in found:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def _connections(port: int) -> Iterator[list[socket.socket]]:
    """Find all before the first is cut: its client may ask again at once, on another of them."""
    with contextlib.ExitStack() as opened:
        found: list[socket.socket] = []
        for path in FILES.iterdir():
            with contextlib.suppress(OSError):  # closed since, or one that listens
                number = int(path.name)
                if stat.S_ISSOCK(os.fstat(number).st_mode):
                    one = opened.enter_context(socket.socket(fileno=os.dup(number)))
                    if one.family in INTERNET and one.type == socket.SOCK_STREAM and one.getsockname()[1] == port:
                        one.getpeername()
                        found.append(one)
        yield found
