"""The door: whose request it is, and whether it may come in, by its key, its origin and its rate.

What is refused here was not received: nothing of it is kept, or strangers could fill the disk. It is answered
with its reason and counted by it (``/metrics``).
"""

from dataclasses import dataclass

from ingest_api import intake
from ingest_api.body import Refusal
from ingest_api.intake import Environ
from ingest_api.limits import Limiter, Rate
from ingest_api.proxies import client_ip, network_of
from ingest_api.settings import Settings
from ingest_api.sources import Source
from ingest_api.stalled import Waiting

LARGE_BODY_RETRY_S = 5


@dataclass(frozen=True, slots=True)
class Door:
    """What decides; made once a process, for the limiter counts in memory."""

    settings: Settings
    limiter: Limiter
    waiting: Waiting

    def body(self, environ: Environ) -> bytes:
        """Read the body's bytes, slow and large ones within bounds. Raises Refusal."""
        length = intake.announced_bytes(environ)
        if 0 <= length <= intake.PIECE_BYTES:
            return self.waiting.read(intake.raw_body, environ, length)
        body = self.waiting.read_large(intake.raw_body, environ, length)
        if body is None:
            raise Refusal("rate_limited", "too many large or slow bodies; nothing was stored", LARGE_BODY_RETRY_S)
        return body

    def by_headers(self, environ: Environ, *, needs_key: bool) -> Source | None:
        """Admit by what stands outside the body; None when the key may be inside it. Raises Refusal."""
        if "HTTP_ORIGIN" in environ and not self.settings.origins.allows(environ["HTTP_ORIGIN"]):
            raise _not_from_there()
        source = intake.source_in_headers(environ, self.settings)
        if source is None and not needs_key:
            source = intake.default_source(environ, self.settings)
        if source is not None:
            self._admit(environ, source)
        return source

    def by_key(self, environ: Environ, write_key: str | None) -> Source:
        """Admit by the body's write key. Raises Refusal."""
        try:
            source = intake.source_of(environ, self.settings, write_key)
        except Refusal:
            self.stranger(environ)
            raise
        self._admit(environ, source)
        return source

    def stranger(self, environ: Environ) -> None:
        """Count a request that names no source against its client address. Raises Refusal(``rate_limited``)."""
        self._limit_client(environ, "", self.settings.client_rate)

    def _admit(self, environ: Environ, source: Source) -> None:
        if "HTTP_ORIGIN" in environ and not source.origins.allows(environ["HTTP_ORIGIN"]):
            raise _not_from_there()
        if source.rate_limit is not None:
            own = source.rate_limit != self.settings.client_rate
            self._limit_client(environ, source.name if own else "", source.rate_limit)
        if source.key_rate_limit is not None:
            self._take(f"source {source.name}", source.key_rate_limit, "this write key")

    def _limit_client(self, environ: Environ, scope: str, rate: Rate | None) -> None:
        if rate is not None:
            network = network_of(client_ip(environ, self.settings))
            self._take(f"{scope} {network}" if scope else network, rate, "this address")

    def _take(self, bucket: str, rate: Rate, whose: str) -> None:
        wait_s = self.limiter.wait_s(bucket, rate)
        if wait_s:
            raise Refusal("rate_limited", f"too many requests from {whose}; nothing was stored", wait_s)


def _not_from_there() -> Refusal:
    return Refusal("origin_not_allowed", "this origin is not among the allowed origins of the source")
