"""What browsers get: the tracker script under its plain and its hashed name, and the demo page.

Read once at start; a request is a look-up (the whitenoise way). The script is built from ``ingest_api/tracker/src``
and committed, so that this process needs no node.
"""

import gzip
import hashlib
import html
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from ingest_api.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BUILT = Path(__file__).parent / "tracker" / "dist" / "m.js"
STUB = BUILT.with_name("snippet.js")
DEMO = Path(__file__).parent / "demo.html"
DEMO_KEY = "demo"
SCRIPT_PATH, BATCH_PATH = "/m.js", "/v1/batch"  # as they stand in the built script
MINUTES = "public, max-age=300"  # how late a new version reaches a page that uses the plain name
FOR_EVER = "public, max-age=31536000, immutable"  # https://www.rfc-editor.org/rfc/rfc8246


@dataclass(frozen=True, slots=True)
class Script:
    """The script as it is served; ``version`` is the start of its hash."""

    body: bytes
    gzipped: bytes
    version: str


def read_script(settings: Settings) -> Script:
    """Read the built script and write this collector's paths into it."""
    text = BUILT.read_text()
    for default, path in ((SCRIPT_PATH, settings.script_path), (BATCH_PATH, settings.batch_path)):
        if text.count(json.dumps(default)) != 1:
            raise RuntimeError(f"{BUILT} has no place for {default}; build it again")
        text = text.replace(json.dumps(default), json.dumps(path))
    body = text.encode()
    return Script(body, gzip.compress(body, 9, mtime=0), hashlib.sha256(body).hexdigest()[:12])


def read_demo(settings: Settings) -> str:
    """Read the demo page, with this collector's script, a write key of its own, and where to look next."""
    keys = list(settings.source_by_key)
    target = settings.ga4
    standin = f'<a href="{html.escape(target.endpoint)}">the local stand-in</a>'
    parts = {
        "STUB": STUB.read_text().strip(),
        "SCRIPT": html.escape(settings.script_path),
        "KEY": html.escape(DEMO_KEY if DEMO_KEY in keys else next(iter(keys), "")),
        "DAGSTER": html.escape(settings.dagster_url),
        "GA4": standin if target.standin else "the Realtime report of your property",
    }
    page = DEMO.read_text()
    for name, value in parts.items():
        page = page.replace("{{" + name + "}}", value)
    return page


def browser_pages(settings: Settings) -> Blueprint:
    """Make the routes of the script, at the path that the settings name, and of the demo page."""
    routes = Blueprint("pages", __name__)
    script, demo_page = read_script(settings), read_demo(settings)
    path = PurePosixPath(settings.script_path)
    hashed = str(path.with_suffix(f".<version>{path.suffix}"))

    @routes.get(settings.script_path)
    def plain_script() -> Response:
        """Serve the script, to be asked for again within minutes."""
        return _script_response(script, MINUTES)

    @routes.get(hashed)
    def hashed_script(version: str) -> Response:
        """Serve the script for ever under its own hash; under an old one the present script, for minutes."""
        return _script_response(script, FOR_EVER if version == script.version else MINUTES)

    @routes.get("/demo")
    def demo() -> Response:
        """Show a page whose clicks are events, and each one's way."""
        return Response(demo_page, mimetype="text/html", headers={"Cache-Control": "no-cache"})

    return routes


def _script_response(script: Script, caching: str) -> Response:
    response = Response(mimetype="text/javascript")
    if request.accept_encodings["gzip"]:
        response.data = script.gzipped
        response.content_encoding = "gzip"
    else:
        response.data = script.body
    response.headers["Cache-Control"] = caching
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Access-Control-Allow-Origin"] = "*"  # for `crossorigin` and `integrity` on other origins' pages
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(f"{script.version}-{response.content_encoding or 'plain'}")
    response.make_conditional(request)
    return response


def renamed(app: "WSGIApplication", settings: Settings) -> "WSGIApplication":
    """Take batches at the path that the settings name, too: blockers know the usual ones."""
    if settings.batch_path == BATCH_PATH:
        return app

    def call(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == settings.batch_path:
            environ["PATH_INFO"] = BATCH_PATH
        return app(environ, start_response)

    return call
