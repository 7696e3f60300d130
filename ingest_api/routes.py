"""The collector's HTTP surface: Flask's routes, and the shortcut that event posts take past Flask."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException

from ingest_api import answers, cors, openapi, posts
from ingest_api.answers import Answer
from ingest_api.body import Refusal
from ingest_api.collector import Collector
from ingest_api.dialects import Get, all_dialects

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CODES = {
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    500: "internal_error",
}  # of what Flask answers itself

routes = Blueprint("collector", __name__)


def shortcut(app: "WSGIApplication", collector: Collector) -> "WSGIApplication":
    """Answer the posts of ``posts.PATHS`` without Flask's contexts, routing and response objects.

    They cost 110 us a request on top of the 45 us that an event needs (one core, measured with bench.collector).
    Everything else, and these paths in any other spelling or method, takes Flask's way to the same answers.
    """

    def call(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if "CONTENT_LENGTH" not in environ:
            environ["wsgi.input_terminated"] = True  # the server ends the input, or Werkzeug reads no chunked body
        read = posts.PATHS.get(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "POST" else None
        if read is None:
            return app(environ, start_response)
        answer = collector.take(environ, read)
        start_response(answer.status_line, answer.headers)
        return [answer.body]

    return call


def _collector() -> Collector:
    collector: Collector = current_app.extensions["collector"]
    return collector


def _post(read: posts.Read) -> Callable[[], Response]:
    return lambda: _response(_collector().take(request.environ, read))


def _get(get: Get) -> Callable[..., Response]:
    def view(**variables: str) -> Response:
        try:
            return _finished(answers.ok(get(request.environ, _collector().settings, variables)))
        except Refusal as refusal:
            code = "not_found" if refusal.code == "unknown_write_key" else refusal.code
            return _finished(answers.error(code, refusal.message))

    return view


for _path, _read in posts.PATHS.items():
    routes.add_url_rule(_path, endpoint=_path.strip("/").replace("/", "_"), view_func=_post(_read), methods=["POST"])
for _dialect in all_dialects():
    for _rule, _answer in _dialect.gets.items():
        routes.add_url_rule(_rule, endpoint=f"{_dialect.name}:{_rule}", view_func=_get(_answer))


@routes.get("/health/live")
def live() -> Response:
    """Say that this process answers."""
    return _finished(answers.ok({"status": "live"}))


@routes.get("/health")
def health() -> Response:
    """Answer as the replaced system did."""
    return Response('"OK!"', content_type="application/json")


@routes.get("/health/ready")
def ready() -> Response:
    """Say whether an event would be stored now."""
    return _finished(_collector().ready())


@routes.get("/metrics")
def metrics() -> Response:
    """Show the counters of all workers and of the publisher."""
    page, content_type = _collector().metrics_page(request.headers.get("Accept", ""))
    return Response(page, content_type=content_type)


@routes.get("/openapi.json")
def openapi_document() -> Response:
    """Describe this API for machines (OpenAPI 3.1)."""
    return Response(openapi.text(current_app), content_type="application/json")


@routes.before_app_request
def _preflight() -> Response | None:
    if request.method != "OPTIONS":
        return None
    headers = cors.preflight_headers(request.environ, _collector().settings.origins)
    if headers is None:
        return _finished(answers.error("origin_not_allowed", "no source here allows this origin"))
    return Response(status=204, headers=headers)


@routes.app_errorhandler(HTTPException)
def _refused_by_framework(error: HTTPException) -> Response:
    """Answer 404, 405 and whatever else Werkzeug refuses in the one form of errors, never in HTML."""
    status = error.code or 400
    answer = answers.error(CODES.get(status, "bad_request"), error.description or error.name, status=status)
    answer.headers += [(name, value) for name, value in error.get_headers() if name == "Allow"]
    return _finished(answer)


def _finished(answer: Answer) -> Response:
    return _response(_collector().finish(request.environ, answer))


def _response(answer: Answer) -> Response:
    return Response(answer.body, status=answer.status_line, headers=answer.headers)
