"""No worker outlives its server: not a kill -9 of the server, not one in the moment in which the worker starts."""

import ctypes
import multiprocessing
import os
import signal
import threading

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies (Linux; elsewhere nothing).

    SIGKILL, for the kill report found workers that outlived a SIGTERM: Granian 2.8.7 loses one that comes between
    its handlers and its loop, and can stand still in its handler with the interpreter's lock held. What such a worker
    had answered is on disk, and its segment is closed by its death.

    An ordered stop comes by SIGTERM from Granian's main. While the worker starts it ends it at once: the handler that
    the fork inherits from Granian's main only takes note of it.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "prctl"):
        return
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid != os.getppid():
        os.kill(os.getpid(), signal.SIGKILL)  # it died before the line above
