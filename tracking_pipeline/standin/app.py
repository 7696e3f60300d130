"""HTTP of the GA4 stand-in. Run by Granian with one worker::

    granian --interface wsgi --workers 1 --http 1 --no-ws --factory tracking_pipeline.standin.app:create_worker

Invariant: a 204 means that every event of the request is on disk, kept or as a problem. Do not switch on the
server's access log: it would write the query, and with it the api_secret.
"""

import datetime as dt
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from flask import Blueprint, Flask, Response, abort, current_app, jsonify, render_template, request

from ingest_api.orphans import die_with_parent
from ingest_api.settings import Settings, load_settings
from tracking_pipeline.protocol.findings import Verdict
from tracking_pipeline.protocol.judge import judge
from tracking_pipeline.protocol.limits import MAX_BODY_BYTES
from tracking_pipeline.standin.connections import close_all, reset_all
from tracking_pipeline.standin.faults import Fault, FaultQueue, answer_wrongly
from tracking_pipeline.standin.receipt import receipt_of
from tracking_pipeline.standin.store import Store
from tracking_pipeline.standin.timeline import EPOCH, latest_user_properties, sessions_of, together

FAULTS_VARIABLE = "TRACKING_STANDIN_FAULTS"  # "1" opens /test/faults; for tests, so no part of Settings
READ_BYTES = 65_536
MAX_READ_BYTES = 32_000_000  # then the connection may break; no sender of ours comes near
PAGE_EVENTS = 100
PAGE_PROBLEMS = 50
PAGE_CLIENTS = 20
TIMELINE_EVENTS = 250
RELOAD_S = 3
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

routes = Blueprint("standin", __name__)


@dataclass(frozen=True, slots=True)
class Standin:
    """What the routes need; ``faults`` is None where the test door is shut."""

    store: Store
    faults: FaultQueue | None
    clock: Callable[[], int]


def now_us() -> int:
    """Return the time in Unix microseconds."""
    return time.time_ns() // 1_000


def create_app(settings: Settings | None = None, *, clock: Callable[[], int] = now_us) -> Flask:
    """Make the stand-in; it writes ``events.sqlite`` in ``settings.standin_dir`` and nothing else."""
    settings = settings or load_settings()
    app = Flask(__name__, static_folder=None, template_folder=".")
    app.json.sort_keys = False  # type: ignore[attr-defined]  # parameters are shown in the order they were sent
    faults = FaultQueue() if os.environ.get(FAULTS_VARIABLE) == "1" else None
    app.extensions["standin"] = Standin(Store(settings.standin_dir / "events.sqlite"), faults, clock)
    app.jinja_env.filters["moment"] = _moment
    app.register_blueprint(routes)
    app.register_error_handler(sqlite3.Error, _cannot_store)
    return app


def create_worker() -> Flask:
    """Make the stand-in in a server's worker that must not outlive its server (kill -9 included)."""
    die_with_parent()
    return create_app()


@routes.post("/mp/collect")
def collect() -> Response:
    """Keep a request and answer 204 whatever it holds, as GA4 does; see ``problems.json`` for the truth."""
    standin = _standin()
    fault = standin.faults.take() if standin.faults else None
    if fault and fault.mode == "reset_in_body":
        return _cut(reset_all)
    stream = request.args.get("measurement_id") or request.args.get("firebase_app_id", "")
    receipt = receipt_of(_judged(fault.skew_us if fault else 0), stream)
    if fault:
        return answer_wrongly(fault, lambda: standin.store.record(receipt), lambda: _cut(close_all))
    standin.store.record(receipt)
    return Response(status=204)


@routes.post("/debug/mp/collect")
def debug_collect() -> Response:
    """Answer as the validation server: the first message only (inferred); ``?all=1`` is ours and gives all."""
    messages = _judged().messages
    return jsonify(validationMessages=messages if request.args.get("all") == "1" else messages[:1])


@routes.get("/events.json")
def events() -> Response:
    """List the events that GA4 would have kept, newest first (``?limit=``)."""
    return jsonify(_standin().store.events(_limit()))


@routes.get("/problems.json")
def problems() -> Response:
    """List the events that GA4 would have dropped in silence, newest first (``?limit=``)."""
    return jsonify(_standin().store.problems(_limit()))


@routes.get("/")
def page() -> Response:
    """Show a person what arrived (``?name=``: of one name), newest first; reloads unless it is held (``?hold=1``)."""
    store = _standin().store
    name = request.args.get("name") or None
    return _page(
        "page.html",
        name=name,
        events=store.events(PAGE_EVENTS, name),
        problems=together(store.problems(PAGE_PROBLEMS, name)),
        clients=store.clients(PAGE_CLIENTS),
        counts=store.counts(),
    )


@routes.get("/client")
def client_page() -> Response:
    """Show one client's events (``?id=``) as its sessions."""
    client_id = request.args.get("id", "")
    kept, refused = _standin().store.of_client(client_id, TIMELINE_EVENTS)
    return _page(
        "client.html",
        client_id=client_id,
        sessions=sessions_of(kept, refused),
        user_properties=latest_user_properties(kept),
        user_ids=sorted({row["user_id"] for row in kept if row["user_id"]}),
        is_cut=len(kept) == TIMELINE_EVENTS,
    )


@routes.get("/health/live")
def live() -> Response:
    """Say that this process answers."""
    return jsonify(status="live")


@routes.post("/test/faults")
def order_fault() -> Response:
    """Make the next collect posts go wrong (``faults.py`` says how); several orders queue up."""
    faults = _faults()
    try:
        faults.add(msgspec.json.decode(request.get_data(), type=Fault))
    except msgspec.MsgspecError as error:
        return Response(f"{error}\n", status=400, mimetype="text/plain")
    return _waiting(faults)


@routes.delete("/test/faults")
def clear_faults() -> Response:
    """Forget the faults that wait."""
    faults = _faults()
    faults.clear()
    return _waiting(faults)


@routes.get("/test/faults")
def waiting_faults() -> Response:
    """List the faults that wait."""
    return _waiting(_faults())


@routes.post("/test/reset")
def reset_connections() -> Response:
    """Reset every connection of the moment, idle ones and this one too: nobody gets an answer."""
    _faults()
    return _cut(reset_all)


def _page(template: str, **values: object) -> Response:
    html = render_template(template, reload_s=None if request.args.get("hold") else RELOAD_S, **values)
    return Response(html, headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"})


def _standin() -> Standin:
    standin: Standin = current_app.extensions["standin"]
    return standin


def _faults() -> FaultQueue:
    return _standin().faults or abort(404)


def _waiting(faults: FaultQueue) -> Response:
    return jsonify(waiting=msgspec.to_builtins(faults.waiting()))


def _judged(skew_us: int = 0) -> Verdict:
    return judge(request.args, _read_body(), _standin().clock() + skew_us)


def _cut(end_all: Callable[[int], object]) -> Response:
    # All of them: WSGI does not say which one this request came on. Nor has it a way to end one without a status, and
    # a 2xx with a body that breaks off is a 2xx to a sender that goes by the status.
    end_all(int(request.environ["SERVER_PORT"]))
    raise ConnectionAbortedError("fault on demand: all connections are cut before an answer")


def _moment(at: str | int) -> str:
    """Write an instant (ISO 8601, or microseconds) as a person reads it, UTC."""
    moment = dt.datetime.fromisoformat(at) if isinstance(at, str) else EPOCH + dt.timedelta(microseconds=at)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"


def _read_body() -> bytes:
    """Return the body's first bytes, enough to see that it is too large; read the rest away.

    A client that is answered before it has sent all meets a reset instead of the 204.
    """
    kept, size = bytearray(), 0
    while size < MAX_READ_BYTES and (chunk := request.stream.read(READ_BYTES)):
        kept += chunk[: MAX_BODY_BYTES - len(kept)]
        size += len(chunk)
    return bytes(kept)


def _limit() -> int | None:
    text = request.args.get("limit")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        abort(400, "limit has to be a whole number")
    return int(text)


def _cannot_store(error: sqlite3.Error) -> Response:
    # GA4 would say 204; a stand-in that has lost the events must not, its readers count on them.
    current_app.logger.error("cannot use the store error=%s", error)
    return Response(status=503, headers={"Retry-After": "5"})
