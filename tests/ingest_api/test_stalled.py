"""Slow clients are cut off, the others are not: on real sockets of this process, with a clock that is moved by hand."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ingest_api import stalled
from ingest_api.stalled import BODY_DEADLINE_S, CROWDED_DEADLINE_S, LARGE_BODIES, Reaper, Waiting
from tests.support import wait_until

FAR = """
import socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=60)
connection.sendall(sys.argv[2].encode())
assert connection.recv(6) == b"answer"
print("answered", flush=True)
print("got", connection.recv(1))
"""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Client:
    """A client's end, and the server's end in this process: a thread reads a body of 2 bytes from it."""

    far: socket.socket
    near: socket.socket
    reading: threading.Thread


class Server:
    """Accepts clients and reads from each in a thread, as the collector's threads do."""

    def __init__(self, waiting: Waiting) -> None:
        self.waiting = waiting
        self.clients: list[Client] = []
        self.bodies: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def connect(self, first: bytes = b"x", *, reads: bool = True) -> Client:
        """Connect a client that sends these bytes."""
        far = socket.create_connection(self._listener.getsockname(), timeout=60)
        near, _ = self._listener.accept()
        far.sendall(first)
        reading = threading.Thread(target=self.read, args=(near,))
        self.clients.append(Client(far, near, reading))
        if reads:
            reading.start()
            wait_until(lambda: reading.ident in self.waiting._since or not reading.is_alive())
        return self.clients[-1]

    def settle(self) -> None:
        """Wait until every thread whose connection was cut off has noticed."""
        wait_until(lambda: self.waiting.cut_off + len(self.waiting._since) == len(self.clients))

    def close(self) -> None:
        """Close everything."""
        for client in self.clients:
            client.far.close()
            if client.reading.ident:
                client.reading.join(10)
            client.near.close()
        self._listener.close()

    def accept(self) -> socket.socket:
        """Take the server's end of a client that somebody else connects."""
        return self._listener.accept()[0]

    def read(self, near: socket.socket) -> None:
        """Read a body of two bytes."""
        self.bodies.append(self.waiting.read(lambda end, length: end.recv(length, socket.MSG_WAITALL), near, 2))


@pytest.fixture
def server() -> Iterator[Server]:
    """A server with a clock that stands."""
    made = Server(Waiting(Clock()))
    yield made
    made.close()


def _advance(server: Server, seconds: float) -> None:
    server.waiting.clock.now += seconds  # type: ignore[attr-defined]


def _cut(client: Client) -> bool:
    client.far.settimeout(0.2)
    try:
        return client.far.recv(1) == b""
    except TimeoutError:
        return False


def _answered(server: Server, sends: str) -> tuple["subprocess.Popen[str]", socket.socket]:
    """Connect a client of another process and answer its first two bytes; return it and the server's end.

    In this process its own end, too, would have sent something and got an answer: it must not be looked at.
    """
    command = [sys.executable, "-c", FAR, str(server.port), sends]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    near = server.accept()
    assert near.recv(2, socket.MSG_WAITALL) == b"xy"
    near.sendall(b"answer")
    assert client.stdout is not None
    assert client.stdout.readline() == "answered\n"
    return client, near


def test_body_past_its_deadline_ends_its_connection_and_no_other(server: Server) -> None:
    client, near = _answered(server, "xy")
    slow, reaper = server.connect(), Reaper(server.waiting)

    assert (reaper.look(), _cut(slow)) == (0, False)
    _advance(server, BODY_DEADLINE_S + 1)
    assert reaper.look() == 0  # seen for the first time now: a quick request would be answered by the next look
    _advance(server, 0.25)
    assert reaper.look() == 1

    slow.reading.join(10)
    near.sendall(b"!")
    assert (_cut(slow), client.communicate(timeout=60)[0]) == (True, "got b'!'\n")
    assert server.bodies == [b"x"]
    assert reaper.look() == 0
    near.close()


def test_those_that_wait_the_longest_go_first_where_they_crowd(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalled, "MANY_WAIT", 2)
    reaper, clients = Reaper(server.waiting), []
    for _ in range(5):
        clients.append(server.connect())
        _advance(server, CROWDED_DEADLINE_S / 4)
        reaper.look()

    for _ in range(6):
        _advance(server, CROWDED_DEADLINE_S)
        reaper.look()
        server.settle()

    assert [_cut(client) for client in clients] == [True, True, True, False, False]
    assert server.waiting.cut_off == 3


def test_suspect_goes_when_no_surer_one_is_left(server: Server) -> None:
    client, near = _answered(server, "xyz")  # a request and half of the next, in one go
    reaper, reading = Reaper(server.waiting), threading.Thread(target=server.read, args=(near,))
    reading.start()
    wait_until(lambda: server.waiting._since)

    for _ in range(3):
        _advance(server, BODY_DEADLINE_S + 1)
        reaper.look()

    reading.join(10)
    assert (client.communicate(timeout=60)[0], server.bodies) == ("got b''\n", [b"z"])
    near.close()


def test_connection_that_sent_nothing_is_let_be(server: Server) -> None:
    idle, slow = server.connect(b"", reads=False), server.connect()
    reaper = Reaper(server.waiting)
    for _ in range(3):
        _advance(server, BODY_DEADLINE_S + 1)
        reaper.look()

    assert (_cut(idle), _cut(slow)) == (False, True)


def test_only_so_many_large_bodies_are_read_at_once() -> None:
    waiting, inside, may_end = Waiting(), threading.Semaphore(0), threading.Event()
    most = threading.Semaphore(LARGE_BODIES)
    over: list[bool] = []

    def read(_request: None, _length: int) -> bytes:
        over.append(not most.acquire(blocking=False))
        inside.release()
        may_end.wait(10)
        most.release()
        return b"body"

    results: list[bytes | None] = []
    threads = [
        threading.Thread(target=lambda: results.append(waiting.read_large(read, None, 0)))
        for _ in range(LARGE_BODIES + stalled.LARGE_BODIES_QUEUE)
    ]
    for thread in threads:
        thread.start()
    for _ in range(LARGE_BODIES):
        assert inside.acquire(timeout=60)
    wait_until(lambda: waiting._queue._value == 0)  # type: ignore[attr-defined]

    refused = waiting.read_large(read, None, 0)
    may_end.set()
    for thread in threads:
        thread.join(10)

    assert refused is None
    assert results == [b"body"] * len(threads)
    assert not any(over)


def test_body_read_while_others_were_cut_off_is_not_believed() -> None:
    waiting = Waiting()

    def cut(_request: None, _length: int) -> bytes:
        waiting.cut_off += 1
        return b'{"half": '

    assert waiting.read_large(cut, None, 0) is None
    assert waiting.read_large(lambda _request, _length: b"{}", None, 0) == b"{}"
