"""HTTP in, outcome out; the only map from an outcome to a status. A 200 means: on disk."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import msgspec
from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from ingest_api import identity
from ingest_api.body import Refusal, inflate, too_large
from ingest_api.calls import Receipt, reject
from ingest_api.dialects import events_v0, segment
from ingest_api.metrics import Metrics
from ingest_api.privacy import truncate_ip
from ingest_api.schema import Event, Rejected, RejectReason
from ingest_api.settings import Settings
from ingest_api.spool import Spool, SpoolBroken, SpoolFull

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
}
RETRY_AFTER_S = {"storage_full": 30, "storage_failed": 5}
PREFLIGHT_MAX_AGE_S = 7200  # the most that Chromium keeps

routes = Blueprint("collector", __name__)
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Collector:
    """What the routes work with; made once by ``create_app``."""

    settings: Settings
    spool: Spool
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class _Posted:
    """One request's rows, not stored yet; ``refusal`` when the row is the unreadable body itself."""

    device: identity.Device | None
    rows: Sequence[Event | Rejected]
    refusal: Refusal | None = None


def _collector() -> Collector:
    collector: Collector = current_app.extensions["collector"]
    return collector


@routes.post("/v1/batch", endpoint="batch")
@routes.post("/v1/b", endpoint="b")
@routes.post("/v1/import", endpoint="import")
def batch() -> Response:
    """Take a batch of calls."""
    return _answer(partial(_segment, call_type=""))


@routes.post("/v1/<any(track,page,screen,identify,group,alias,t,p,s,i,g,a):call>")
def single(call: str) -> Response:
    """Take one call; the path says its type."""
    return _answer(partial(_segment, call_type=segment.PATHS[call]))


@routes.post("/events")
def events() -> Response:
    """Take one event of the replaced system's contract."""
    return _answer(_events_v0)


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
    if request.method != "OPTIONS":
        return None
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = "POST, GET, OPTIONS"
    wanted = request.headers.get("Access-Control-Request-Headers", "content-type")
    response.headers["Access-Control-Allow-Headers"] = wanted
    response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_MAX_AGE_S)
    return response


@routes.after_app_request
def _allow_origin(response: Response) -> Response:
    origin = request.headers.get("Origin")
    if origin and origin != "null":
        allowed = _collector().settings.origins
        if not allowed or origin.lower() in allowed:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Vary"] = "Origin"
            if allowed:
                response.headers["Access-Control-Allow-Credentials"] = "true"
    return response


def _answer(read: Callable[[Collector], _Posted]) -> Response:
    """Read, store, answer. Nothing that a client can send raises past here."""
    collector = _collector()
    try:
        _check_origin(collector.settings)
        posted = read(collector)
        if posted.rows:
            collector.spool.append([_encode(row) for row in posted.rows])
    except Refusal as refusal:
        return _error(refusal.code, refusal.message)
    except SpoolFull as error:
        return _error("storage_full", f"{error}; nothing was stored")
    except SpoolBroken:
        return _error("storage_failed", "the collector's disk refused the write; nothing was stored")
    return _stored(collector, posted)


def _segment(collector: Collector, *, call_type: str) -> _Posted:
    write_key = _key_in_headers()
    if write_key:
        _source(collector, write_key)  # refuse before the body is read
    try:
        parsed = segment.parse(_body(), batch=not call_type)
    except Refusal as refusal:
        return _unreadable(collector, write_key, refusal)
    receipt, device = _receipt(collector, _source(collector, write_key or parsed.write_key))
    return _Posted(device, segment.rows(parsed, receipt, call_type))


def _events_v0(collector: Collector) -> _Posted:
    """The replaced contract has no key: without one, the first source is meant."""
    write_key = _key_in_headers() or next(iter(collector.settings.sources))
    try:
        parsed = events_v0.parse(_body())
    except Refusal as refusal:
        return _unreadable(collector, write_key, refusal)
    receipt, device = _receipt(collector, _source(collector, write_key))
    return _Posted(device, events_v0.rows(parsed, replace(receipt, dialect="events_v0")))


def _unreadable(collector: Collector, write_key: str | None, refusal: Refusal) -> _Posted:
    """Keep a body that cannot be read as one rejected row, if its sender is known."""
    if refusal.code != "unreadable_body" or not write_key:
        raise refusal
    receipt, device = _receipt(collector, _source(collector, write_key))
    original = request.get_data().decode("utf-8", "backslashreplace")
    row = reject(original, receipt, RejectReason.UNREADABLE_BODY, refusal.message)
    return _Posted(device, [row], refusal)


def _body() -> bytes:
    try:
        data = request.get_data()  # by its bytes: before anything touches request.form
    except RequestEntityTooLarge:
        raise too_large() from None
    except ClientDisconnected:
        raise Refusal("unreadable_body", "the connection broke within the body") from None
    return inflate(data, request.headers.get("Content-Encoding", ""))


def _key_in_headers() -> str | None:
    """Find the write key outside the body: Basic user, Bearer, X-Write-Key (``key:secret``), query."""
    authorization = request.authorization
    if authorization is not None:
        key = authorization.username or authorization.token
        if key:
            return key
    header = request.headers.get("X-Write-Key")
    return header.partition(":")[0] if header else request.args.get("writeKey")


def _source(collector: Collector, write_key: str | None) -> str:
    source = collector.settings.sources.get(write_key or "")
    if source is None:
        found = "is not known here" if write_key else "is missing"
        raise Refusal("unknown_write_key", f"the write key {found}; the collector knows those in TRACKING_WRITE_KEYS")
    return source


def _check_origin(settings: Settings) -> None:
    origin = request.headers.get("Origin")
    if settings.origins and origin and origin.lower() not in settings.origins:
        raise Refusal("origin_not_allowed", "this origin is not in TRACKING_ALLOWED_ORIGINS")


def _receipt(collector: Collector, source: str) -> tuple[Receipt, identity.Device | None]:
    headers = request.headers
    is_browser = "Origin" in headers or "Sec-Fetch-Site" in headers
    device = identity.device_of(request.cookies.get(collector.settings.cookie_name), is_browser=is_browser)
    receipt = Receipt(
        received_at=time.time_ns() // 1000,
        source=source,
        path=request.path,
        device_id=device.id if device else None,
        device_is_new=device.is_new if device else False,
        ga_client_id=identity.ga_client_id(request.cookies.get("_ga")),
        user_agent=headers.get("User-Agent"),
        ip=truncate_ip(request.remote_addr),
        origin=headers.get("Origin"),
    )
    return receipt, device


def _stored(collector: Collector, posted: _Posted) -> Response:
    rejected = [row for row in posted.rows if isinstance(row, Rejected)]
    accepted = len(posted.rows) - len(rejected)
    collector.metrics.add("tracking_events_accepted_total", by=accepted)
    for row in rejected:
        collector.metrics.add("tracking_events_rejected_total", f'reason="{row.reason}"')
    if posted.refusal is not None:
        return _error(posted.refusal.code, posted.refusal.message, rejected=1)
    body: dict[str, object] = {"success": True, "accepted": accepted, "rejected": len(rejected)}
    if "verbose" in request.args:
        body["results"] = [_result(index, row) for index, row in enumerate(posted.rows)]
    if rejected and not accepted:
        first = f"{rejected[0].reason}: {rejected[0].detail}"
        response = _error("nothing_accepted", f"no event was accepted; the first: {first}", **body)
    else:
        response = _json(body)
    if posted.device is not None and accepted:
        settings = collector.settings
        cookie = identity.set_cookie(
            settings.cookie_name, posted.device, domain=settings.cookie_domain, secure=request.is_secure
        )
        response.headers["Set-Cookie"] = cookie
    return response


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


def _error(code: str, message: str, **more: object) -> Response:
    retry = code in RETRY_AFTER_S
    body = {
        "accepted": 0,
        "rejected": 0,
        **more,
        "success": False,
        "code": code,
        "message": message,
        "retry": retry,
    }
    response = _json(body, STATUS[code])
    if retry:
        response.headers["Retry-After"] = str(RETRY_AFTER_S[code])
    _collector().metrics.add("tracking_requests_refused_total", f'code="{code}"')
    return response


def _json(body: dict[str, object], status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status=status, mimetype="application/json")
