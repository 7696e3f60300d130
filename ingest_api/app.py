"""``create_app()``: wiring only. Run by Granian's workers; ``flask --app ingest_api.app run`` works too."""

import ctypes
import multiprocessing
import os
import signal
import threading
from multiprocessing.util import Finalize

from flask import Flask

from ingest_api.collector import Collector
from ingest_api.door import Door
from ingest_api.limits import Limiter
from ingest_api.metrics import Metrics
from ingest_api.metrics_store import MetricsStore
from ingest_api.room import Limits
from ingest_api.pages import browser_pages, renamed
from ingest_api.routes import routes, shortcut
from ingest_api.settings import Settings, load_settings
from ingest_api.spool import Spool

PR_SET_PDEATHSIG = 1


def create_app(settings: Settings | None = None) -> Flask:
    """Make the collector: settings, spool, counters, routes. One a process, after the fork."""
    settings = settings or load_settings()
    os.umask(0o077)
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = app.url_map.strict_slashes = False  # never a redirect: SDKs lose a redirected batch
    metrics = Metrics()
    store = MetricsStore(settings.metrics_dir, metrics)
    spool = Spool(settings.spool_dir, _limits(settings), metrics=metrics)
    door = Door(settings, Limiter(settings.workers))
    for close in (spool.close, store.close):  # not atexit: a server's forked worker runs only these at its end
        Finalize(None, close, exitpriority=1)
    app.extensions["collector"] = collector = Collector(settings, spool, metrics, store, door)
    app.register_blueprint(routes)
    app.register_blueprint(browser_pages(settings))
    app.wsgi_app = renamed(shortcut(app.wsgi_app, collector), settings)  # type: ignore[method-assign, assignment]
    return app


def _limits(settings: Settings) -> Limits:
    return Limits(
        seal_after_s=settings.seal_after_s,
        reserve_bytes=settings.reserve_mb * 1_000_000,
        spool_bytes=settings.spool_limit_mb * 1_000_000,
    )


def create_worker() -> Flask:
    """Make the collector in a server's worker that must not outlive its server (kill -9 included)."""
    die_with_parent()
    return create_app()


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent dies (Linux; elsewhere nothing).

    Until the server sets its own handlers, SIGTERM ends it at once: those that a fork inherits from Granian's main
    only take note of the signal, and a worker told to end while it starts would go on.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "prctl"):
        return
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid != os.getppid():
        os.kill(os.getpid(), signal.SIGTERM)  # it died before the line above
