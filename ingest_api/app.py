"""``create_app()``: wiring only. Run by Granian's workers; ``flask --app ingest_api.app run`` works too."""

import os
from multiprocessing.util import Finalize

from flask import Flask

from ingest_api.collector import Collector
from ingest_api.door import Door
from ingest_api.limits import Limiter
from ingest_api.metrics import Metrics
from ingest_api.metrics_store import MetricsStore
from ingest_api.orphans import die_with_parent
from ingest_api.pages import browser_pages, renamed
from ingest_api.room import Limits
from ingest_api.routes import routes, shortcut
from ingest_api.settings import Settings, load_settings
from ingest_api.spool import Spool
from ingest_api.stalled import Reaper, Waiting


def create_app(settings: Settings | None = None) -> Flask:
    """Make the collector: settings, spool, counters, routes. One a process, after the fork."""
    settings = settings or load_settings()
    os.umask(0o077)
    settings.keys.prepare()
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = app.url_map.strict_slashes = False  # never a redirect: SDKs lose a redirected batch
    metrics = Metrics()
    store = MetricsStore(settings.metrics_dir, metrics)
    spool = Spool(settings.spool_dir, _limits(settings), metrics=metrics)
    door = Door(settings, Limiter(settings.workers), Waiting())
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
    app = create_app()
    Reaper(app.extensions["collector"].door.waiting).watch()
    return app
