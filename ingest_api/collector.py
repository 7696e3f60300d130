"""One post from its first byte to its answer: read, store, answer. A 200 means: on disk."""

import logging
from dataclasses import dataclass

import msgspec

from ingest_api import answers, cors, identity, intake
from ingest_api.answers import Answer
from ingest_api.body import Refusal
from ingest_api.intake import Environ
from ingest_api.metrics import Metrics
from ingest_api.posts import Posted, Read
from ingest_api.schema import Rejected
from ingest_api.settings import Settings
from ingest_api.spool import Spool, SpoolBroken, SpoolFull

log = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Collector:
    """What takes events; made once a process by ``create_app``."""

    settings: Settings
    spool: Spool
    metrics: Metrics

    def take(self, environ: Environ, read: Read) -> Answer:
        """Take one post. Never raises: a fault of ours is answered so that an SDK comes back."""
        try:
            answer = self._take(environ, read)
        except Exception:
            log.exception("request failed path=%s", environ["PATH_INFO"])
            answer = answers.error("internal_error", "the collector failed; nothing was acknowledged")
        return self.finish(environ, answer)

    def finish(self, environ: Environ, answer: Answer) -> Answer:
        """Count an answer and let the browser of an allowed origin read it."""
        if answer.code != "ok":
            self.metrics.add("tracking_requests_refused_total", f'code="{answer.code}"')
        answer.headers += cors.origin_headers(environ, self.settings)
        return answer

    def ready(self) -> Answer:
        """Say whether an event would be stored now."""
        try:
            self.spool.check()
        except SpoolFull as error:
            return answers.error("storage_full", str(error))
        except (SpoolBroken, OSError) as error:
            return answers.error("storage_failed", str(error))
        return answers.ok({"status": "ready"})

    def _take(self, environ: Environ, read: Read) -> Answer:
        try:
            intake.check_origin(environ, self.settings)
            posted = read(environ, self.settings)
            if posted.rows:
                self.spool.append([_encode(row) for row in posted.rows])
        except Refusal as refusal:
            return answers.error(refusal.code, refusal.message)
        except SpoolFull as error:
            return answers.error("storage_full", f"{error}; nothing was stored")
        except SpoolBroken:
            return answers.error("storage_failed", "the collector's disk refused the write; nothing was acknowledged")
        return self._stored(environ, posted)

    def _stored(self, environ: Environ, posted: Posted) -> Answer:
        rejected = [row for row in posted.rows if isinstance(row, Rejected)]
        self.metrics.add("tracking_events_accepted_total", by=len(posted.rows) - len(rejected))
        for row in rejected:
            self.metrics.add("tracking_events_rejected_total", f'reason="{row.reason}"')
        if posted.refusal is not None:
            counts = {"accepted": 0, "rejected": len(rejected)}
            return answers.error(posted.refusal.code, posted.refusal.message, counts=counts)
        answer = answers.of_rows(posted.rows, rejected, verbose=intake.is_verbose(environ))
        if posted.device is not None and len(posted.rows) > len(rejected):
            answer.headers.append(("Set-Cookie", self._cookie(environ, posted.device)))
        return answer

    def _cookie(self, environ: Environ, device: identity.Device) -> str:
        secure = environ["wsgi.url_scheme"] == "https"
        return identity.set_cookie(self.settings.cookie_name, device, domain=self.settings.cookie_domain, secure=secure)
