"""Requests to GA4 over HTTP: one client per run, one answer per request. The secret is seen only here."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import httpx

from ingest_api.settings import Ga4Target
from tracking_pipeline.delivery.ga4 import requests
from tracking_pipeline.delivery.outcomes import Outcome
from tracking_pipeline.delivery.parcel import Request
from tracking_pipeline.delivery.transport import TIMEOUT, open_http, post

HEADERS = {"content-type": "application/json"}


class Ga4Client:
    """Posts bodies to one property. Close it (or use ``with``) at the end of a run."""

    def __init__(self, target: Ga4Target, connections: int = 1, timeout: httpx.Timeout = TIMEOUT) -> None:
        # A proxy of the environment is for the way out; the stand-in is on this machine.
        self._http = open_http(connections, timeout, trust_env=not target.standin)
        parameters = {"measurement_id": target.measurement_id, "api_secret": target.api_secret}
        self._url = httpx.URL(f"{target.endpoint}/mp/collect", params=parameters)

    def send(self, request: Request) -> Outcome:
        """Send one request, once. Never raises for what the network or the server does."""
        body = requests.body(request.events)
        return post(self._http, httpx.Request("POST", self._url, headers=HEADERS, content=body))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Ga4Clients:
    """One client for each stream; a request goes to its own."""

    def __init__(self, targets: Sequence[Ga4Target], connections: int = 1) -> None:
        self._clients = {target.measurement_id: Ga4Client(target, connections) for target in targets}

    def send(self, request: Request) -> Outcome:
        """Send one request to its stream, once. Never raises for what the network or the server does."""
        return self._clients[str(request.stream)].send(request)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            client.close()
