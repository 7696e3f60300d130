"""A worker that misses the SIGTERM of its parent's death ends all the same."""

import subprocess
import sys

import psutil
import pytest

# A server that forks a worker; the worker starts as ours do, then loses every SIGTERM, as Granian's may.
SERVER = """
import multiprocessing, os, signal, sys, time
from ingest_api.orphans import die_with_parent

def work():
    die_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: None)
    print(os.getpid(), flush=True)
    while True:
        time.sleep(60)

multiprocessing.get_context("fork").Process(target=work).start()
"""


@pytest.mark.slow
def test_a_worker_that_loses_its_sigterm_does_not_outlive_its_server() -> None:
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    worker = psutil.Process(int(server.stdout.readline()))

    server.kill()
    server.communicate()

    assert psutil.wait_procs([worker], timeout=60)[1] == []
