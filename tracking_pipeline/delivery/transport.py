"""HTTP as every destination uses it: few keep-alive connections, no redirects, no retries, never a URL in a log."""

import logging

import httpx

from tracking_pipeline.delivery import outcomes
from tracking_pipeline.delivery.outcomes import Outcome

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
KEEP_ALIVE_S = 5.0  # shorter than servers keep idle connections: a stale one is the main source of unknown outcomes
MAX_READ_BYTES = 65_536


def open_http(connections: int, timeout: httpx.Timeout = TIMEOUT, *, trust_env: bool = True) -> httpx.Client:
    """Open a client; its loggers are silenced, for they write whole URLs, and a secret may be in one."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    limits = httpx.Limits(
        max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=KEEP_ALIVE_S
    )
    return httpx.Client(timeout=timeout, limits=limits, trust_env=trust_env, follow_redirects=False)


def post(http: httpx.Client, request: httpx.Request) -> Outcome:
    """Send one request, once, and judge what came of it. Never raises for what the network or the server does."""
    try:
        request.extensions["timeout"] = http.timeout.as_dict()
        answer = http.send(request, stream=True)
        try:
            outcome = outcomes.of_status(answer.status_code, answer.headers.get("retry-after"))
            _drain(answer)
        finally:
            answer.close()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return outcomes.of_error(error)
    return outcome


def _drain(answer: httpx.Response) -> None:
    """Read a short body so that the connection can be used again; the status has already decided."""
    if int(answer.headers.get("content-length", "0") or 0) > MAX_READ_BYTES:
        return
    try:
        for _ in answer.iter_raw():
            pass
    except httpx.HTTPError:
        return
