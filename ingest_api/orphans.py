"""No worker outlives its server: not a kill -9 of the server, not one in the moment in which the worker starts."""

import ctypes
import multiprocessing
import os
import signal
import threading
import time

PR_SET_PDEATHSIG = 1
WATCH_EVERY_S = 1.0
TERM_TRIES = 5


def die_with_parent() -> None:
    """End this process when its parent dies: SIGTERM from the kernel at once (Linux), and what that misses, soon.

    Until the server sets its own handlers, SIGTERM ends it at once: those that a fork inherits from Granian's main
    only take note of the signal. And one that comes between Granian's handlers and its loop is lost (seen once in 800
    kills: the worker went on answering), so a thread looks whether the parent is still there.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    parent = multiprocessing.parent_process()
    pid = parent.pid if parent is not None else os.getppid()
    threading.Thread(target=_watch, args=(pid,), name="parent-watch", daemon=True).start()


def _watch(parent_pid: int | None) -> None:
    """Wait until the parent is gone, then insist."""
    while os.getppid() == parent_pid:
        time.sleep(WATCH_EVERY_S)
    for _ in range(TERM_TRIES):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(WATCH_EVERY_S)
    os.kill(os.getpid(), signal.SIGKILL)
