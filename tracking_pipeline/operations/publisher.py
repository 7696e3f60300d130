"""The publisher's process: ``python -m tracking_pipeline.operations.publisher``. Imports little: its limit
is 100 MB.
"""

import logging
import signal
import sys
import threading

from ingest_api.landing import Landing
from ingest_api.logs import log_to_stdout
from ingest_api.metrics import Metrics
from ingest_api.metrics_store import MetricsStore
from ingest_api.publisher import PublisherStopped, run
from ingest_api.settings import load_settings

log = logging.getLogger(__name__)

EXIT_STOPPED = 3
LOOK_AGAIN_S = 5.0  # whoever restarts it need not do so in a tight loop


def main() -> int:
    """Publish until SIGTERM or SIGINT; the step in hand is finished first. 3: a person must look."""
    settings = load_settings()
    log_to_stdout()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings.spool_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = MetricsStore(settings.metrics_dir, metrics := Metrics())
    try:
        run(
            settings.spool_dir,
            Landing(settings.landing_dir),
            settings.spool_dir / "publisher.lock",
            stop=stop.is_set,
            metrics=metrics,
        )
    except PublisherStopped as error:
        log.error("publisher stopped, a person must look: %s", error)
        stop.wait(LOOK_AGAIN_S)
        return EXIT_STOPPED
    finally:
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
