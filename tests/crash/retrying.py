"""Clients that behave as SDKs do: an event without an answer of 200 is sent again under its id, until it has one."""

import contextlib
import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter

HEADERS = {"X-Write-Key": "demo", "Connection": "keep-alive"}
TIMEOUT_S = 5
RETRY_AFTER_S = 0.03


class RetryingClients:
    """Threads that post one event after another. ``acknowledged``: id → when; ``tries``: id → how often it left."""

    def __init__(self, port: int, threads: int, *, pause_s: float = 0.0, prefix: str = "m") -> None:
        self.acknowledged: dict[str, float] = {}
        self.tries: Counter[str] = Counter()
        self.unanswered = 0
        self.refused = 0
        self.halves: list[bytes] = []
        self._port = port
        self._pause_s = pause_s
        self._names = (f"{prefix}-{number}" for number in itertools.count())
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def __enter__(self) -> "RetryingClients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop sending; what has no answer yet stays without one."""
        self._stop.set()
        for thread in self._threads:
            thread.join(3 * TIMEOUT_S)

    def _run(self) -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)) as connection:
            self._send(connection)

    def _send(self, connection: http.client.HTTPConnection) -> None:
        while not self._stop.is_set():
            with self._lock:
                name = next(self._names)
            body = json.dumps({"userId": "u", "messageId": name, "timestamp": "2026-11-25T10:00:00Z"})
            while not self._post(connection, name, body):
                if self._stop.wait(RETRY_AFTER_S):
                    return
            self.acknowledged[name] = time.monotonic()
            if self._pause_s:
                self._stop.wait(random.uniform(0, self._pause_s))

    def _post(self, connection: http.client.HTTPConnection, name: str, body: str) -> bool:
        answered = b""
        try:
            if connection.sock is None:
                connection.connect()
        except OSError:  # refused: nothing left this machine
            connection.close()
            self.refused += 1
            return False
        self.tries[name] += 1
        try:
            connection.request("POST", "/v1/page", body, HEADERS)
            answer = connection.getresponse()
            answered = answer.read()
        except http.client.IncompleteRead as error:
            self.halves.append(error.partial)
        except (OSError, http.client.HTTPException):
            pass
        else:
            if answer.status == 200 and json.loads(answered)["accepted"] == 1:
                return True
        connection.close()
        self.unanswered += 1
        return False
