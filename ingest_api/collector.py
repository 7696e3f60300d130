"""One post from its first byte to its answer: read, store, answer. A 200 means: on disk."""

import logging
import os
import time
from dataclasses import dataclass

from ingest_api import answers, backlog, cors, identity, intake, metrics_page, records
from ingest_api.answers import Answer
from ingest_api.body import Refusal
from ingest_api.door import Door
from ingest_api.intake import Environ
from ingest_api.metrics import Metrics
from ingest_api.metrics_store import MetricsStore
from ingest_api.origins import NOBODY
from ingest_api.posts import Posted, Read
from ingest_api.proxies import is_https
from ingest_api.records import Accepted
from ingest_api.room import SpoolFull
from ingest_api.schema import Rejected
from ingest_api.settings import Settings
from ingest_api.spool import Spool, SpoolBroken

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Collector:
    """What takes events; made once a process by ``create_app``."""

    settings: Settings
    spool: Spool
    metrics: Metrics
    store: MetricsStore
    door: Door

    def take(self, environ: Environ, read: Read) -> Answer:
        """Take one post. Never raises: a fault of ours is answered so that an SDK comes back."""
        started = time.perf_counter()
        try:
            answer = self._take(environ, read)
        except Exception:
            log.exception("request failed path=%s", environ["PATH_INFO"])
            answer = answers.error("internal_error", "the collector failed; nothing was acknowledged")
        self.metrics.posted(time.perf_counter() - started, environ.get(intake.BODY_BYTES, 0))
        return self.finish(environ, answer)

    def finish(self, environ: Environ, answer: Answer) -> Answer:
        """Count an answer and let the browser of an allowed origin read it."""
        self.metrics.add("tracking_requests", answer.code)
        answer.headers += cors.origin_headers(environ, answer.origins or self.settings.origins)
        return answer

    def ready(self) -> Answer:
        """Say whether an event would be stored now, and else what is wrong."""
        try:
            self.spool.check()
        except SpoolFull as error:
            return answers.error("storage_full", str(error))
        except SpoolBroken as error:
            return answers.error("storage_failed", f"the disk refuses writes: {error}")
        except OSError as error:
            return answers.error("storage_failed", f"the spool cannot be read: {os.strerror(error.errno or 0)}")
        return answers.ok({"status": "ready"})

    def metrics_page(self, accept: str) -> tuple[bytes, str]:
        """Return what ``/metrics`` shows, of all workers, and its content type."""
        try:
            waits = backlog.measure(self.settings.spool_dir)
        except OSError:
            waits = backlog.Backlog()
        return metrics_page.render(self.store.total(), waits, accept)

    def _take(self, environ: Environ, read: Read) -> Answer:
        try:
            posted = read(environ, self.door)
            if posted.rows:
                self.spool.append(records.encode(posted.rows))
        except Refusal as refusal:
            return _refused(refusal)
        except SpoolFull as error:
            return answers.error("storage_full", f"{error}; nothing was stored")
        except SpoolBroken:
            return answers.error("storage_failed", "the collector's disk refused the write; nothing was acknowledged")
        return self._stored(environ, posted)

    def _stored(self, environ: Environ, posted: Posted) -> Answer:
        rejected = [row for row in posted.rows if isinstance(row, Rejected)]
        self.metrics.accepted(len(posted.rows) - len(rejected))
        for row in rejected:
            self.metrics.rejected(row.reason)
        if posted.refusal is not None:
            counts = {"accepted": 0, "rejected": len(rejected)}
            return answers.error(posted.refusal.code, posted.refusal.message, counts=counts)
        answer = answers.of_rows(posted.rows, rejected, verbose=intake.is_verbose(environ))
        if cookie := self._cookie(environ, posted):
            answer.headers.append(("Set-Cookie", cookie))
        answer.origins = posted.source.origins
        return answer

    def _cookie(self, environ: Environ, posted: Posted) -> str | None:
        """Return the header that the last accepted event's consent asks for: set or renew, take away, or leave it."""
        last = next((row for row in reversed(posted.rows) if isinstance(row, Accepted)), None)
        if posted.device is None or last is None:
            return None
        consent = last.common.consent
        name, domain, secure = self.settings.cookie_name, posted.source.cookie_domain, is_https(environ, self.settings)
        if consent in (None, "granted"):
            return identity.set_cookie(name, posted.device, domain=domain, secure=secure)
        is_withdrawn = consent == "denied" and not posted.device.is_new
        return identity.drop_cookie(name, domain=domain, secure=secure) if is_withdrawn else None


def _refused(refusal: Refusal) -> Answer:
    answer = answers.error(refusal.code, refusal.message, retry_after_s=refusal.retry_after_s)
    if refusal.code == "origin_not_allowed":
        answer.origins = NOBODY
    return answer
