"""JSON Schemas of what is posted and answered, for the OpenAPI document. They describe; ``calls.py`` judges.

Field names and meanings of a call: https://segment.com/docs/connections/spec/common/ (read 2026-11-25).
"""

from typing import Any

from ingest_api.answers import STATUS
from ingest_api.schema import CALL_TYPES, RejectReason

Schema = dict[str, Any]


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _id(description: str) -> Schema:
    return {"type": ["string", "number", "null"], "maxLength": 512, "description": description}


TIME: Schema = {
    "type": ["string", "number", "null"],
    "description": "ISO 8601, or seconds, milliseconds or microseconds",
}
OBJECT = {"type": ["object", "null"]}

CALL: Schema = {
    "type": "object",
    "description": "What every call may carry. One of anonymousId and userId is needed, or the device cookie.",
    "properties": {
        "messageId": _id("Id of the message; copies of it are stored once"),
        "anonymousId": _id("The SDK's own id of the visitor"),
        "userId": _id("The site's id of a known user"),
        "timestamp": {**TIME, "description": f"The client's clock at the act: {TIME['description']}"},
        "originalTimestamp": TIME,
        "sentAt": {**TIME, "description": "The client's clock at sending"},
        "context": {**OBJECT, "description": "Page, library, user agent, campaign …"},
        "writeKey": _text("The write key, where it is in no header"),
    },
}

_OF_TYPE: dict[str, Schema] = {
    "track": {"required": ["event"], "properties": {"event": _text("Name of the act"), "properties": OBJECT}},
    "page": {"properties": {"name": {"type": ["string", "null"]}, "properties": OBJECT}},
    "screen": {"properties": {"name": {"type": ["string", "null"]}, "properties": OBJECT}},
    "identify": {"properties": {"traits": OBJECT}},
    "group": {"required": ["groupId"], "properties": {"groupId": _id("Id of the group"), "traits": OBJECT}},
    "alias": {"required": ["previousId"], "properties": {"previousId": _id("The former id")}},
}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def call_name(call_type: str) -> str:
    """Name of a call's schema."""
    return f"{call_type.capitalize()}Call"


def _batch() -> Schema:
    typed = [
        {"allOf": [_ref(call_name(kind)), {"required": ["type"], "properties": {"type": {"const": kind}}}]}
        for kind in CALL_TYPES
    ]
    return {
        "type": "object",
        "required": ["batch"],
        "properties": {
            "batch": {"type": "array", "items": {"oneOf": typed}},
            "sentAt": TIME,
            "writeKey": _text("The write key of all calls"),
        },
    }


EVENT_V0: Schema = {
    "type": "object",
    "required": ["clientId", "event"],
    "properties": {
        "clientId": _id("Id of the visitor"),
        "userId": _id("Wallet or user; empty where unknown"),
        "timestamp": TIME,
        "event": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": _text("Name of the act"), "params": OBJECT},
        },
    },
}

_COUNTS = {"accepted": {"type": "integer", "minimum": 0}, "rejected": {"type": "integer", "minimum": 0}}
RESULT: Schema = {
    "type": "object",
    "description": "One event's outcome, with ?verbose=1",
    "required": ["index", "status", "messageId"],
    "properties": {
        "index": {"type": "integer", "minimum": 0},
        "status": {"enum": ["accepted", "rejected"]},
        "messageId": {"type": ["string", "null"]},
        "reason": {"enum": [reason.value for reason in RejectReason]},
        "detail": {"type": ["string", "null"]},
    },
}
RESULTS = {"type": "array", "items": _ref("Result")}
STORED: Schema = {
    "type": "object",
    "description": "Every accepted event is on disk",
    "required": ["success", "accepted", "rejected"],
    "properties": {"success": {"const": True}, **_COUNTS, "results": RESULTS},
    "additionalProperties": False,
}
ERROR: Schema = {
    "type": "object",
    "required": ["success", "accepted", "rejected", "code", "message", "retry"],
    "properties": {
        "success": {"const": False},
        **_COUNTS,
        "code": {"enum": [code for code in STATUS if code != "ok"]},
        "message": _text("What is wrong, for people"),
        "retry": {"type": "boolean", "description": "Whether sending the same again can help"},
        "results": RESULTS,
    },
    "additionalProperties": False,
}


def all_schemas() -> dict[str, Schema]:
    """Return the schemas by name."""
    calls = {call_name(kind): {"allOf": [_ref("Call"), {"type": "object", **_OF_TYPE[kind]}]} for kind in CALL_TYPES}
    answers = {"Result": RESULT, "Stored": STORED, "Error": ERROR}
    return {"Call": CALL, **calls, "Batch": _batch(), "EventV0": EVENT_V0, **answers}
