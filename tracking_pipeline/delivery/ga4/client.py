"""Requests to GA4 over HTTP: one client per run, one answer per request. The secret is seen only here."""

import logging
from types import TracebackType
from typing import Self

import httpx

from ingest_api.settings import Ga4Target
from tracking_pipeline.delivery import outcomes
from tracking_pipeline.delivery.outcomes import Outcome

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
# Shorter than servers keep idle connections: a stale one is the main source of unknown outcomes.
LIMITS = httpx.Limits(max_connections=2, keepalive_expiry=5.0)


class Ga4Client:
    """Posts bodies to one property. Close it (or use ``with``) at the end of a run."""

    def __init__(self, target: Ga4Target, timeout: httpx.Timeout = TIMEOUT) -> None:
        for name in ("httpx", "httpcore"):  # they log whole URLs, and the secret is in ours
            logging.getLogger(name).setLevel(logging.WARNING)
        self._target = target
        # A proxy of the environment is for the way out; the stand-in is on this machine.
        self._http = httpx.Client(timeout=timeout, limits=LIMITS, trust_env=not target.standin, follow_redirects=False)

    def send(self, body: bytes) -> Outcome:
        """Send one request, once. Never raises for what the network or the server does."""
        try:
            return self._post(body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return outcomes.of_error(error)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _post(self, body: bytes) -> Outcome:
        parameters = {"measurement_id": self._target.measurement_id, "api_secret": self._target.api_secret}
        headers = {"content-type": "application/json"}
        url = f"{self._target.endpoint}/mp/collect"
        with self._http.stream("POST", url, params=parameters, headers=headers, content=body) as answer:
            outcome = outcomes.of_status(answer.status_code, answer.headers.get("retry-after"))
            _drain(answer)
        return outcome


def _drain(answer: httpx.Response) -> None:
    """Read a short body so that the connection can be used again; the status has already decided."""
    if int(answer.headers.get("content-length", "0") or 0) > 65_536:
        return
    try:
        for _ in answer.iter_raw():
            pass
    except httpx.HTTPError:
        return
