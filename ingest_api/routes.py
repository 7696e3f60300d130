"""HTTP in, outcome out; the only map from an outcome to a status. A 200 means: on disk."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException

from ingest_api import cors, identity, intake, posts
from ingest_api.body import Refusal
from ingest_api.dialects import segment
from ingest_api.metrics import Metrics
from ingest_api.posts import Posted
from ingest_api.schema import Event, Rejected
from ingest_api.settings import Settings
from ingest_api.spool import Spool, SpoolBroken, SpoolFull

log = logging.getLogger(__name__)

# The one map. Old SDKs read `code` and `message` of an error and retry without them.
STATUS = {
    "ok": 200,
    "nothing_accepted": 400,
    "unreadable_body": 400,
    "unknown_write_key": 401,
    "origin_not_allowed": 403,
    "too_large": 413,
    "unsupported_encoding": 415,
    "storage_full": 503,
    "storage_failed": 503,
    "bad_request": 400,
    "not_found": 404,
    "method_not_allowed": 405,
    "internal_error": 500,
}
CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}  # of what Werkzeug refuses
NOTHING: Mapping[str, object] = {"accepted": 0, "rejected": 0}
RETRY_AFTER_S = {"storage_full": 30, "storage_failed": 5, "internal_error": 5}

routes = Blueprint("collector", __name__)
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Collector:
    """What the routes work with; made once by ``create_app``."""

    settings: Settings
    spool: Spool
    metrics: Metrics


def _collector() -> Collector:
    collector: Collector = current_app.extensions["collector"]
    return collector


@routes.post("/v1/batch", endpoint="batch")
@routes.post("/v1/b", endpoint="b")
@routes.post("/v1/import", endpoint="import")
def batch() -> Response:
    """Take a batch of calls."""
    return _answer(posts.batch)


@routes.post("/v1/<any(track,page,screen,identify,group,alias,t,p,s,i,g,a):call>")
def single(call: str) -> Response:
    """Take one call; the path says its type."""
    return _answer(partial(posts.single, call_type=segment.PATHS[call]))


@routes.post("/events")
def events() -> Response:
    """Take one event of the replaced system's contract."""
    return _answer(posts.events_v0)


@routes.get("/health/live")
def live() -> Response:
    """Say that this process answers."""
    return _json({"status": "live"})


@routes.get("/health")
def health() -> Response:
    """Answer as the replaced system did."""
    return Response('"OK!"', mimetype="application/json")


@routes.get("/health/ready")
def ready() -> Response:
    """Say whether an event would be stored now."""
    try:
        _collector().spool.check()
    except SpoolFull as error:
        return _error("storage_full", str(error))
    except (SpoolBroken, OSError) as error:
        return _error("storage_failed", str(error))
    return _json({"status": "ready"})


@routes.get("/metrics")
def metrics() -> Response:
    """Show this worker's counters."""
    return Response(_collector().metrics.render(), mimetype="text/plain; version=0.0.4")


@routes.before_app_request
def _preflight() -> Response | None:
    return cors.preflight() if request.method == "OPTIONS" else None


@routes.after_app_request
def _allow_origin(response: Response) -> Response:
    return cors.allow_origin(response, _collector().settings)


@routes.app_errorhandler(HTTPException)
def _refused_by_framework(error: HTTPException) -> Response:
    """Answer 404, 405 and whatever else Werkzeug refuses in the one form of errors, never in HTML."""
    status = error.code or 400
    response = _error(CODES.get(status, "bad_request"), error.description or error.name, status=status)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


@routes.app_errorhandler(Exception)
def _failed(error: Exception) -> Response:
    """Answer a fault of our own so that an SDK comes back; nothing was acknowledged."""
    log.error("request failed path=%s", request.path, exc_info=error)
    return _error("internal_error", "the collector failed; nothing was acknowledged")


def _answer(read: Callable[[Settings], Posted]) -> Response:
    """Read, store, answer."""
    collector = _collector()
    try:
        intake.check_origin(collector.settings)
        posted = read(collector.settings)
        if posted.rows:
            collector.spool.append([_encode(row) for row in posted.rows])
    except Refusal as refusal:
        return _error(refusal.code, refusal.message)
    except SpoolFull as error:
        return _error("storage_full", f"{error}; nothing was stored")
    except SpoolBroken:
        return _error("storage_failed", "the collector's disk refused the write; nothing was acknowledged")
    return _stored(collector, posted)


def _stored(collector: Collector, posted: Posted) -> Response:
    rejected = [row for row in posted.rows if isinstance(row, Rejected)]
    accepted = len(posted.rows) - len(rejected)
    _count(collector.metrics, accepted, rejected)
    body: dict[str, object] = {"accepted": accepted, "rejected": len(rejected)}
    if "verbose" in request.args:
        body["results"] = [_result(index, row) for index, row in enumerate(posted.rows)]
    if posted.refusal is not None:
        return _error(posted.refusal.code, posted.refusal.message, counts=body)
    if rejected and not accepted:
        first = f"{rejected[0].reason}: {rejected[0].detail}"
        return _error("nothing_accepted", f"no event was accepted; the first: {first}", counts=body)
    response = _json({"success": True, **body})
    if posted.device is not None and accepted:
        _set_cookie(response, collector.settings, posted.device)
    return response


def _count(metrics: Metrics, accepted: int, rejected: Sequence[Rejected]) -> None:
    metrics.add("tracking_events_accepted_total", by=accepted)
    for row in rejected:
        metrics.add("tracking_events_rejected_total", f'reason="{row.reason}"')


def _set_cookie(response: Response, settings: Settings, device: identity.Device) -> None:
    response.headers["Set-Cookie"] = identity.set_cookie(
        settings.cookie_name, device, domain=settings.cookie_domain, secure=request.is_secure
    )


def _result(index: int, row: Event | Rejected) -> dict[str, object]:
    if isinstance(row, Event):
        return {"index": index, "status": "accepted", "messageId": row.message_id}
    return {
        "index": index,
        "status": "rejected",
        "messageId": row.message_id,
        "reason": row.reason,
        "detail": row.detail,
    }


def _error(code: str, message: str, *, counts: Mapping[str, object] = NOTHING, status: int = 0) -> Response:
    retry = code in RETRY_AFTER_S
    response = _json(
        {"success": False, **counts, "code": code, "message": message, "retry": retry}, status or STATUS[code]
    )
    if retry:
        response.headers["Retry-After"] = str(RETRY_AFTER_S[code])
    _collector().metrics.add("tracking_requests_refused_total", f'code="{code}"')
    return response


def _json(body: dict[str, object], status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status=status, mimetype="application/json")
