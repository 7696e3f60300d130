"""What the collector answers: outcome → status, headers, JSON. The only map from an outcome to a status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec

from ingest_api.origins import Origins
from ingest_api.records import Row
from ingest_api.schema import Rejected

# The one map. Old SDKs read `code` and `message` of an error and retry without them.
STATUS = {
    "ok": 200,
    "nothing_accepted": 400,
    "unreadable_body": 400,
    "unknown_write_key": 401,
    "origin_not_allowed": 403,
    "too_large": 413,
    "unsupported_encoding": 415,
    "rate_limited": 429,
    "storage_full": 503,
    "storage_failed": 503,
    "bad_request": 400,
    "not_found": 404,
    "method_not_allowed": 405,
    "internal_error": 500,
}
RETRY_AFTER_S = {"rate_limited": 1, "storage_full": 30, "storage_failed": 5, "internal_error": 5}
NOTHING: Mapping[str, object] = {"accepted": 0, "rejected": 0}
_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Answer:
    """A whole answer, not sent yet: ``code`` is its outcome, ``origins`` may read it (None: those of any source)."""

    code: str
    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)
    origins: Origins | None = None

    @property
    def status_line(self) -> str:
        """Status as WSGI wants it, such as ``200 OK``."""
        return _LINES[self.status]


def ok(body: Mapping[str, object]) -> Answer:
    """Say yes."""
    return _answer("ok", 200, body)


def error(
    code: str, message: str, *, counts: Mapping[str, object] = NOTHING, status: int = 0, retry_after_s: int = 0
) -> Answer:
    """Say what is wrong and whether to come back. ``status`` is for what the framework refused by itself."""
    retry = code in RETRY_AFTER_S
    body = {"success": False, **counts, "code": code, "message": message, "retry": retry}
    answer = _answer(code, status or STATUS[code], body)
    if retry:
        answer.headers.append(("Retry-After", str(max(retry_after_s, RETRY_AFTER_S[code]))))
    return answer


def result(index: int, row: Row) -> dict[str, object]:
    """Tell one event's outcome, for ``?verbose=1``."""
    told: dict[str, object] = {"index": index, "status": "accepted", "messageId": row.message_id}
    if isinstance(row, Rejected):
        told |= {"status": "rejected", "reason": row.reason, "detail": row.detail}
    return told


def of_rows(rows: Sequence[Row], rejected: Sequence[Rejected], *, verbose: bool) -> Answer:
    """Answer a request whose rows are stored: 200 unless every one of them was refused."""
    counts: dict[str, object] = {"accepted": len(rows) - len(rejected), "rejected": len(rejected)}
    if verbose:
        counts["results"] = [result(index, row) for index, row in enumerate(rows)]
    if rejected and len(rejected) == len(rows):
        first = f"{rejected[0].reason}: {rejected[0].detail}"
        return error("nothing_accepted", f"no event was accepted; the first: {first}", counts=counts)
    return ok({"success": True, **counts})


def _answer(code: str, status: int, body: Mapping[str, object]) -> Answer:
    data = _encode(body)
    return Answer(code, status, data, [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
