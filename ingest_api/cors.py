"""Who may post from another origin: the answers that browsers ask for (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

from flask import Response, request

from ingest_api.settings import Settings

PREFLIGHT_MAX_AGE_S = 7200  # the most that Chromium keeps


def preflight() -> Response:
    """Answer OPTIONS: SDKs send their own headers, so whatever is asked for is allowed."""
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "POST, GET, OPTIONS"
    wanted = request.headers.get("Access-Control-Request-Headers", "content-type")
    response.headers["Access-Control-Allow-Headers"] = wanted
    response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_MAX_AGE_S)
    return response


def allow_origin(response: Response, settings: Settings) -> Response:
    """Name the very origin, never ``*``; with credentials only where origins are listed."""
    origin = request.headers.get("Origin")
    if not origin or origin == "null":
        return response
    if not settings.origins or origin.lower() in settings.origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Vary"] = "Origin"
        if settings.origins:
            response.headers["Access-Control-Allow-Credentials"] = "true"
    return response
