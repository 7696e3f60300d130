"""What browsers ask for before and after a post from another origin (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from ingest_api.intake import Environ
from ingest_api.settings import Settings

PREFLIGHT_MAX_AGE_S = "7200"  # the most that Chromium keeps


def preflight_headers(environ: Environ) -> list[tuple[str, str]]:
    """Allow whatever is asked for: SDKs send their own headers."""
    return [
        ("Access-Control-Allow-Methods", "POST, GET, OPTIONS"),
        ("Access-Control-Allow-Headers", environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "content-type")),
        ("Access-Control-Max-Age", PREFLIGHT_MAX_AGE_S),
    ]


def origin_headers(environ: Environ, settings: Settings) -> list[tuple[str, str]]:
    """Name the very origin, never ``*``; with credentials only where origins are listed."""
    origin: str | None = environ.get("HTTP_ORIGIN")
    if not origin or origin == "null":
        return []
    if not settings.origins.allows(origin):
        return []
    headers = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
    headers.append(("Access-Control-Expose-Headers", "Retry-After"))  # else a script cannot see how long to wait
    if settings.origins.lists(origin):
        headers.append(("Access-Control-Allow-Credentials", "true"))
    return headers
