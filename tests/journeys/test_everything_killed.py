"""Kill -9 of everything at once, under traffic: nothing acknowledged is lost, nothing doubled, the sums hold."""

import contextlib
import json
import threading
import urllib.request
from base64 import b64encode

import psutil
import pytest

from tests.journeys.lookups import count, query, status
from tests.support import wait_until
from tests.tracking_pipeline.operations.stack import Stack, run

pytestmark = pytest.mark.slow

THREADS = 4
PAUSE_S = 0.04  # about a hundred a second: the machine is for what is under test


class Traffic:
    """Clients that post until they are stopped; each remembers what was answered 200."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ended = threading.Event()
        self.acknowledged: list[str] = []
        self._threads = [threading.Thread(target=self._post_all, args=(n,)) for n in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _post_all(self, client: int) -> None:
        number = 0
        while not self._ended.wait(PAUSE_S):
            number += 1
            message = f"c{client}-{number}"
            if post(self._url, message):
                self.acknowledged.append(message)


def post(url: str, message: str) -> bool:
    body = {"userId": "u", "event": "click", "messageId": message}
    request = urllib.request.Request(f"{url}/v1/track", json.dumps(body).encode())
    request.add_header("Authorization", f"Basic {b64encode(b'demo:').decode()}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status) == 200
    except OSError:
        return False


def kill_everything(stack: Stack) -> None:
    left = stack.everything()
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):  # a run may have ended by itself
            process.kill()
    psutil.wait_procs(left, timeout=60)


def test_nothing_acknowledged_is_lost_when_everything_is_killed(stack: Stack) -> None:
    traffic = Traffic(stack.settings.collector_url)
    wait_until(lambda: count(stack, "events") > 50, 300, "loads under way")
    for _ in range(2):
        kill_everything(stack)
        stack.start()
        before = count(stack, "events")
        wait_until(lambda before=before: count(stack, "events") > before + 50, 60, "loads again")
    traffic.stop()

    wanted = len(traffic.acknowledged)
    wait_until(lambda: not waiting(stack), 300, "all loaded")
    rows = query(stack, "select message_id from events")
    stored = [row["message_id"] for row in rows]
    assert len(stored) == len(set(stored))
    assert set(traffic.acknowledged) <= set(stored)
    assert wanted > 200
    assert all(hour["residual"] == 0 for hour in status(stack)["hours"])
    assert run(stack, "status").returncode == 0


def waiting(stack: Stack) -> bool:
    state = status(stack)
    return state["spool"]["events"] > 0 or state["landing"]["files_waiting"] > 0
