"""The OpenAPI 3.1 document, made from the routes, dialects and outcomes themselves. ``GET /openapi.json`` serves it.

``python -m ingest_api.openapi`` prints it; ``docs/openapi.json`` is that, and a test compares the two.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterable
from functools import partial
from importlib.metadata import version
from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule

from ingest_api.answers import RETRY_AFTER_S, STATUS
from ingest_api.dialects import Dialect, all_dialects
from ingest_api.openapi_schemas import Schema, all_schemas, call_name

# Outcomes of a path or method that does not exist: they belong to no operation.
OUTSIDE = ("not_found", "method_not_allowed")
OF_POSTS = tuple(code for code in STATUS if code not in ("ok", *OUTSIDE))
OF_GETS = ("bad_request", "not_found", "internal_error")
OF_READINESS = ("storage_full", "storage_failed")
KEYS = {
    "keyAsUser": {"type": "http", "scheme": "basic", "description": "The write key as user name, no password"},
    "keyAsToken": {"type": "http", "scheme": "bearer"},
    "keyInHeader": {"type": "apiKey", "in": "header", "name": "X-Write-Key"},
    "keyInQuery": {"type": "apiKey", "in": "query", "name": "writeKey"},
}
TEXT_PAGES = {
    "/metrics": "text/plain",
    "/demo": "text/html",
    "/m.js": "text/javascript",
    "/m.{version}.js": "text/javascript",
}
VERBOSE = {
    "name": "verbose",
    "in": "query",
    "description": "List every event's outcome",
    "schema": {"type": "string"},
    "allowEmptyValue": True,
}


def document(app: Flask) -> Schema:
    """Describe the collector: every route of ``app`` but the preflights."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Collector of server-side-tracking",
            "version": version("server-side-tracking"),
            "description": "Takes events; a 200 means that every accepted one is on disk. See docs/http-api.md.",
        },
        "servers": [{"url": "/"}],
        "paths": _paths(app),
        "components": {
            "schemas": all_schemas(),
            "responses": {"Stored": _json("Stored", "Every accepted event is on disk"), **_refusals(OF_POSTS)},
            "parameters": {"verbose": VERBOSE},
            "securitySchemes": KEYS,
        },
        "x-outcomes": {
            code: {"status": status, "retryAfterSeconds": RETRY_AFTER_S.get(code)} for code, status in STATUS.items()
        },
    }


def _paths(app: Flask) -> dict[str, Schema]:
    posts = {path: dialect for dialect in all_dialects() for path in dialect.posts}
    paths: dict[str, Schema] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        if rule.rule in posts:
            paths.setdefault(path, {})["post"] = _post(rule.rule, posts[rule.rule])
        elif "GET" in (rule.methods or ()):
            paths.setdefault(path, {})["get"] = _get(path, rule, app)
    return paths


def _post(path: str, dialect: Dialect) -> Schema:
    described = _body(path, dialect)
    return {
        "operationId": _operation("post", path),
        "summary": f"Take {'events' if described == 'Batch' else 'one event'} ({dialect.name})",
        "tags": [dialect.name],
        "parameters": [{"$ref": "#/components/parameters/verbose"}],
        "security": [*({name: []} for name in KEYS), {}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _ref(described)}}},
        "responses": {
            "200": _ref("Stored", "responses"),
            **{status: _ref(f"Refused{status}", "responses") for status in _by_status(OF_POSTS)},
        },
    }


def _body(path: str, dialect: Dialect) -> str:
    """Name the schema of a path's body: one call of the type that the path says, a batch, or the old contract."""
    parse = dialect.posts[path]
    if isinstance(parse, partial) and "call_type" in parse.keywords:
        return call_name(parse.keywords["call_type"])
    return "EventV0" if dialect.name == "events_v0" else "Batch"


def _get(path: str, rule: Rule, app: Flask) -> Schema:
    view = app.view_functions[rule.endpoint]
    content_type = TEXT_PAGES.get(path, "application/json")
    answer = {"description": "The page", "content": {content_type: {"schema": {}}}}
    refused = OF_READINESS if path == "/health/ready" else OF_GETS if rule.arguments else ()
    return {
        "operationId": _operation("get", path),
        "summary": (view.__doc__ or "Answer an SDK's start-up").splitlines()[0],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in sorted(rule.arguments)
        ],
        "responses": {"200": answer, **{status: _error(codes) for status, codes in _by_status(refused).items()}},
    }


def _refusals(codes: Iterable[str]) -> dict[str, Schema]:
    return {f"Refused{status}": _error(found) for status, found in _by_status(codes).items()}


def _by_status(codes: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code in codes:
        found.setdefault(str(STATUS[code]), []).append(code)
    return dict(sorted(found.items()))


def _error(codes: list[str]) -> Schema:
    answer = _json("Error", ", ".join(codes), {"properties": {"code": {"enum": codes}}})
    waits = sorted({RETRY_AFTER_S[code] for code in codes if code in RETRY_AFTER_S})
    if waits:
        about = f"Seconds to wait; by default {' or '.join(map(str, waits))}"
        answer["headers"] = {"Retry-After": {"description": about, "schema": {"type": "integer"}}}
    return answer


def _json(name: str, description: str, *narrower: Schema) -> Schema:
    schema = {"allOf": [_ref(name), *narrower]} if narrower else _ref(name)
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _ref(name: str, kind: str = "schemas") -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def _operation(method: str, path: str) -> str:
    return "_".join([method, *re.findall(r"\w+", path)])


def text(app: Flask) -> str:
    """Return the document as it is served and kept."""
    return json.dumps(document(app), indent=2) + "\n"


def main() -> None:
    """Print the document of a collector with default settings."""
    from ingest_api.app import create_app  # here: the app imports the routes, which import this module
    from ingest_api.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(text(create_app(Settings(_env_file=None, data_dir=Path(folder)))))


if __name__ == "__main__":
    main()
