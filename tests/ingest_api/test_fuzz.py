"""Nothing that a client can send is answered 5xx or in HTML, and what the answer counts is what is stored."""

import base64
import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest_api.conftest import Tracker, make_tracker

FIELDS = [
    *("type", "messageId", "anonymousId", "userId", "groupId", "previousId", "event", "name", "category"),
    *("properties", "traits", "context", "timestamp", "originalTimestamp", "sentAt", "writeKey", "clientId", "page"),
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=8)
    | st.sampled_from(["track", "page", "demo", "2026-11-25T10:00:00Z", "\ud83d", "\0", "1e400", "x" * 600])
)
KEYS = st.sampled_from([*FIELDS, "", "\0", "\ud83d"]) | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
CALLS = st.dictionaries(KEYS, VALUES, max_size=6).map(lambda call: {"type": "page", "userId": "u", **call})
BATCHES = st.fixed_dictionaries(
    {"batch": st.lists(CALLS | VALUES, max_size=4)}, optional={"sentAt": VALUES, "writeKey": VALUES}
)
DOCUMENTS = (CALLS | BATCHES | VALUES).map(lambda value: json.dumps(value).encode())
WRAPPED = st.builds(
    lambda depth, document, brackets: brackets[:1] * depth + document + brackets[1:] * depth,
    st.sampled_from([0, 1, 70, 1200, 100_000]),
    DOCUMENTS,
    st.sampled_from([b"[]", b"{}", b'""']),
)
SPLICED = st.builds(
    lambda document, at, junk: document[: at % (len(document) + 1)] + junk + document[at % (len(document) + 1) + 1 :],
    DOCUMENTS,
    st.integers(0, 400),
    st.sampled_from([b"", b'"', b"\\", b"{", b"]", b"NaN", b"1e400", b"\xff", b"\xef\xbb\xbf", b"\\ud83d", b",", b"\0"])
    | st.binary(max_size=3),
)
BODIES = st.binary(max_size=60) | DOCUMENTS | WRAPPED | SPLICED
PACKED = st.one_of(BODIES, BODIES.map(gzip.compress), BODIES.map(lambda b: gzip.compress(b)[: len(b) // 2]))
HEADER_TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=20)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Content-Type", "Content-Encoding", "Origin", "Cookie", "User-Agent", "Authorization", "X-Write-Key"]
    ),
    HEADER_TEXT
    | st.sampled_from(["gzip", "null", "Bearer demo", "Bearer a=b", "_tid=x; _ga=GA1.1.2.3", "_ga=%ff", "demo:s"])
    | HEADER_TEXT.map(lambda text: "Basic " + base64.b64encode(text.encode()).decode()),
    max_size=4,
)
PATHS = st.sampled_from(
    ["/v1/batch", "/v1/t", "/v1/identify", "/events", "/nowhere", "/v1/batch?verbose&writeKey=%ff%00"]
)


@pytest.fixture(scope="module")
def tracker() -> Iterator[Tracker]:
    with tempfile.TemporaryDirectory() as folder:
        made = make_tracker(Path(folder) / "data")
        yield made
        made.collector.spool.close()


@given(path=PATHS, body=PACKED, headers=HEADERS, known=st.booleans())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_a_client_sends_is_a_fault(
    tracker: Tracker, path: str, body: bytes, headers: dict[str, str], known: bool
) -> None:
    answer = tracker.client.post(path, data=body, headers={**headers, **({"X-Write-Key": "demo"} if known else {})})

    assert answer.status_code in (200, 400, 401, 404, 413, 415)
    assert answer.content_type == "application/json"
    assert {"success", "accepted", "rejected"} <= answer.json.keys()
    if answer.status_code != 200:
        assert {"code", "message", "retry"} <= answer.json.keys()
        assert answer.json["accepted"] == 0


@given(calls=st.lists(CALLS | VALUES, max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_event_has_one_resting_place(calls: list[object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tracker = make_tracker(Path(folder) / "data")

        answer = tracker.post("/v1/batch", json.dumps({"batch": calls}))

        events, rejected = tracker.stored()
        assert (answer.json["accepted"], answer.json["rejected"]) == (len(events), len(rejected))
        assert len(events) + len(rejected) == len(calls)
        assert "unpublishable" not in {row["reason"] for row in rejected}
        for event in events:
            for column in ("properties", "traits", "context"):
                assert event[column] is None or isinstance(json.loads(event[column]), dict)
