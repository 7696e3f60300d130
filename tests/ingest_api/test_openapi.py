"""The OpenAPI document says what the code does: every route, outcome and schema, and real answers keep to it."""

import json
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from ingest_api.answers import RETRY_AFTER_S, STATUS
from ingest_api.openapi import OUTSIDE, text
from ingest_api.posts import PATHS
from ingest_api.schema import RejectReason
from tests.docs.pages import DOCS
from tests.ingest_api.conftest import Tracker, make_tracker
from tests.ingest_api.test_faults import Faulty

Document = dict[str, Any]


@pytest.fixture
def document(tracker: Tracker) -> Document:
    found: Document = tracker.client.get("/openapi.json").json
    return found


def conforms(value: object, schema: Document, document: Document) -> bool:
    """Tell whether a value keeps to a schema of the document."""
    return bool(OAS31Validator({**schema, "components": document["components"]}).is_valid(value))


def answers_of(document: Document, path: str) -> Document:
    """Find the answers of a post to a path, by status."""
    named = document["paths"][path]["post"]["responses"]
    return {
        status: document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
        for status, answer in named.items()
    }


def answer_schema(document: Document, path: str, status: int) -> Document:
    """Find the schema of an answer."""
    found: Document = answers_of(document, path)[str(status)]["content"]["application/json"]["schema"]
    return found


def test_the_document_is_valid_openapi(document: Document) -> None:
    OpenAPIV31SpecValidator(document).validate()

    assert document["openapi"] == "3.1.0"


def test_the_kept_document_is_the_served_one(tracker: Tracker) -> None:
    """To mend it: python -m ingest_api.openapi > docs/openapi.json"""
    kept = (DOCS / "openapi.json").read_text()

    assert kept == text(tracker.client.application)
    assert json.loads(kept) == tracker.client.get("/openapi.json").json


def test_every_route_is_described_and_no_other(tracker: Tracker, document: Document) -> None:
    routes = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in tracker.client.application.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST"}
    }

    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}

    assert described == routes
    assert {path for method, path in described if method == "POST"} == set(PATHS)


def test_every_page_has_its_content_type(tracker: Tracker, document: Document) -> None:
    pages = {
        path: item["get"]["responses"]["200"]["content"] for path, item in document["paths"].items() if "get" in item
    }

    served = {path: tracker.client.get(path).mimetype for path in pages if "{" not in path and path != "/sourceConfig/"}

    assert {path: next(iter(pages[path])) for path in served} == served


def test_every_outcome_is_described_and_no_other(document: Document) -> None:
    told = {code: (line["status"], line["retryAfterSeconds"]) for code, line in document["x-outcomes"].items()}
    answers = {
        (status, code)
        for path in PATHS
        for status, answer in answers_of(document, path).items()
        for code in answer["description"].split(", ")
    }

    assert told == {code: (status, RETRY_AFTER_S.get(code)) for code, status in STATUS.items()}
    assert {(status, code) for status, code in answers if status != "200"} == {
        (str(status), code) for code, status in STATUS.items() if code not in ("ok", *OUTSIDE)
    }


def test_what_may_be_sent_again_has_its_header(document: Document) -> None:
    responses = answers_of(document, "/v1/batch")

    told = {status for status, answer in responses.items() if "Retry-After" in answer.get("headers", {})}

    assert told == {str(STATUS[code]) for code in RETRY_AFTER_S}


def test_every_reason_is_in_the_schema_of_a_result(document: Document) -> None:
    assert document["components"]["schemas"]["Result"]["properties"]["reason"]["enum"] == [*RejectReason]


CALLS: dict[str, tuple[str, Any]] = {
    "stored": ("/v1/track", {"userId": "u", "event": "e", "properties": {"n": 1}}),
    "no_name": ("/v1/track", {"userId": "u"}),
    "properties_are_a_text": ("/v1/page", {"userId": "u", "properties": "x"}),
    "traits": ("/v1/identify", {"userId": 7, "traits": {"a": None}, "context": {}}),
    "id_is_an_object": ("/v1/identify", {"userId": {}}),
    "alias": ("/v1/a", {"userId": "u", "previousId": "p"}),
    "alias_of_nothing": ("/v1/a", {"userId": "u"}),
    "group_of_nothing": ("/v1/batch", {"batch": [{"type": "group", "userId": "u"}]}),
    "group": ("/v1/group", {"anonymousId": "a", "groupId": "g", "timestamp": 1_700_000_000}),
    "batch": ("/v1/batch", {"batch": [{"type": "page", "userId": "u"}, {"type": "identify", "userId": "u"}]}),
    "unknown_type": ("/v1/batch", {"batch": [{"type": "tap", "userId": "u"}]}),
    "batch_is_no_list": ("/v1/batch", {"batch": {}}),
    "no_batch": ("/v1/import", {}),
    "replaced_contract": ("/events", {"clientId": "c", "timestamp": 1, "event": {"name": "n", "params": {}}}),
    "replaced_contract_without_a_name": ("/events", {"clientId": "c", "event": {"params": {}}}),
    "jitsu": ("/api/s/track", {"anonymousId": "a", "event": "e"}),
    "rudderstack": ("/beacon/v1/batch", {"batch": [{"type": "track", "event": "e", "anonymousId": "a"}]}),
}


@pytest.mark.parametrize(("path", "body"), CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("query", ["", "?verbose=1"], ids=["short", "verbose"])
def test_answers_keep_to_their_schema_and_requests_are_judged_alike(
    tracker: Tracker, document: Document, path: str, body: Any, query: str
) -> None:
    request = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]

    answer = tracker.post(path + query, json.dumps(body))

    assert conforms(answer.json, answer_schema(document, path, answer.status_code), document)
    assert conforms(body, request, document) == (answer.status_code == 200)


def test_other_refusals_keep_to_their_schema(tracker: Tracker, document: Document) -> None:
    call = '{"userId": "u", "event": "e"}'
    answers = [
        tracker.client.post("/v1/track", data=call),
        tracker.post("/v1/track", b"x" * 600_000),
        tracker.post("/v1/track", call, Content_Encoding="br"),
        tracker.post("/v1/track", b"\x1f\x8b"),
    ]
    tracker.collector.spool.close()  # the next append makes a segment
    tracker.collector.spool._disk = disk = Faulty()
    disk.errors = {"create": 30}
    answers.append(tracker.post("/v1/track", call))

    assert [answer.status_code for answer in answers] == [401, 413, 415, 400, 503]
    for answer in answers:
        assert conforms(answer.json, answer_schema(document, "/v1/track", answer.status_code), document)
        assert not conforms(
            {**answer.json, "more": 1}, answer_schema(document, "/v1/track", answer.status_code), document
        )


def test_readiness_keeps_to_its_schema(tmp_path: Any, document: Document) -> None:
    full = make_tracker(tmp_path / "full", reserve_mb=10**12)

    answer = full.client.get("/health/ready")

    schema = document["paths"]["/health/ready"]["get"]["responses"]["503"]["content"]["application/json"]["schema"]
    assert conforms(answer.json, schema, document)
    full.collector.spool.close()
