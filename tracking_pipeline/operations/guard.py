"""What keeps other web pages off the Dagster UI: its server has no login and starts runs for whoever asks.

Dagster runs mutations that come by GET, and by POST of any content type (read in its ``graphql_http_endpoint``, tried
with 1.13.28), so a picture or a form on any page that an operator opens could start or delete runs. Refused here:

- a query by GET: pictures, links and redirects are GET, the UI's own page always posts
- a post or a web socket from another page: browsers say where it comes from (``Origin``, ``Sec-Fetch-Site``)
- a Host that is neither an address, localhost, nor a name of ours: a page could point its own name to this machine

An ASGI middleware (https://asgi.readthedocs.io/en/latest/specs/www.html).
"""

import ipaddress
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

READS = ("GET", "HEAD", "OPTIONS")
OUR_OWN = ("same-origin", "none")  # https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
POLICY_VIOLATION = 1008  # RFC 6455, section 7.4.1


class Guard:
    """Passes on what the UI itself asks for; ``names`` are host names under which it may be opened."""

    def __init__(self, app: App, names: Collection[str] = ()) -> None:
        self._app = app
        self._names = {"localhost", *(name.lower() for name in names)}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request or web socket."""
        why = None if scope["type"] == "lifespan" else refusal(scope, self._names)
        if why is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        else:
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": f"{why}\n".encode()})


def refusal(scope: Message, names: Collection[str]) -> str | None:
    """Return why a request is refused; None if it is not."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get("host", "")
    if not _is_known(host, names):
        return "The Dagster UI is not opened under this name; TRACKING_DAGSTER_HOSTS lists those that it has."
    if scope["type"] == "http" and scope["method"] in READS:
        # Whatever the parameters are called: `%71uery` is `query` to Dagster. The UI's own pages have none there.
        is_query = scope["path"].rstrip("/").endswith("/graphql") and scope["query_string"]
        return "A query has to be posted." if is_query else None
    origin = headers.get("origin")
    site = headers.get("sec-fetch-site", "none")
    is_ours = urlsplit(origin).netloc.lower() == host.lower() if origin else site in OUR_OWN
    return None if is_ours else "This was asked for by another page."


def _is_known(host: str, names: Collection[str]) -> bool:
    name = (urlsplit(f"//{host}").hostname or "") if host.count("[") == host.count("]") else ""
    try:
        return name in names or bool(ipaddress.ip_address(name))
    except ValueError:
        return False
