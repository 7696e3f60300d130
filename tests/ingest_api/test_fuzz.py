"""Nothing that a client can send is answered 5xx or in HTML, and what the answer counts is what is stored."""

import base64
import gzip
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import create_environ, run_wsgi_app

from ingest_api import posts
from ingest_api.body import MAX_BODY_BYTES, Refusal, inflate
from ingest_api.clocks import MAX_US, OLDEST_BELIEVED_US, event_time, parse_instant
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
    [*posts.PATHS, "/nowhere", "/v1/batch?verbose&writeKey=%ff%00", "/v1/t?writeKey=demo&verbose=0"]
)
ODD_TEXT = st.text(st.characters(max_codepoint=255), max_size=12)  # what a WSGI server may put into its environment
ODD_ENVIRON = st.fixed_dictionaries(
    {"REQUEST_METHOD": st.sampled_from(["POST", "GET", "HEAD", "PUT", "OPTIONS", "TRACE", "PÖST"])},
    optional={
        "CONTENT_LENGTH": st.sampled_from(["", "0", "-1", "+3", "1e3", "\xb2", "007", "9" * 30, "abc", "5", "512001"]),
        "QUERY_STRING": ODD_TEXT | st.sampled_from(["verbose", "verbose=1&verbose=2", "writeKey=demo", "writeKey=%00"]),
        "HTTP_HOST": ODD_TEXT,
        "HTTP_ORIGIN": ODD_TEXT
        | st.sampled_from(["null", "https://a.example", "https://a.example, https://b.example"]),
        "HTTP_REFERER": ODD_TEXT,
        "HTTP_COOKIE": ODD_TEXT | st.sampled_from(["_tid=", "=;=;;", '_tid="x', "_ga=GA1.2.%00", "_tid=a; _tid=b"]),
        "HTTP_AUTHORIZATION": ODD_TEXT
        | st.sampled_from(
            ["Basic", "Basic ", "Basic ====", "Basic /w==", "Basic \xff", "Bearer", "Bearer demo", "Digest a=1"]
        ),
        "HTTP_X_WRITE_KEY": ODD_TEXT | st.sampled_from(["demo", "demo:secret", ":", "::demo"]),
        "HTTP_CONTENT_ENCODING": ODD_TEXT | st.sampled_from(["gzip, gzip", "GZIP", "deflate", "identity", "br"]),
        "HTTP_X_FORWARDED_FOR": ODD_TEXT | st.sampled_from(["1.2.3.4, ", "[::1", "unknown", "::ffff:1.2.3.4"]),
        "HTTP_FORWARDED": ODD_TEXT | st.sampled_from(['for="[::1]:80";proto=https', "for=", ";;,", 'for="']),
        "REMOTE_ADDR": st.sampled_from(["127.0.0.1", "::1", "", "unix:", "fe80::1%eth0"]),
        "CONTENT_TYPE": ODD_TEXT | st.sampled_from(["multipart/form-data; boundary=", "text/plain; charset=\xff"]),
    },
)
ODD_PATHS = st.sampled_from(["/v1/batch", "/v1/track", "/events", "/v1/projects/demo/settings", "/sourceConfig/", "/"])


@pytest.fixture(scope="module")
def tracker() -> Iterator[Tracker]:
    with tempfile.TemporaryDirectory() as folder:
        made = make_tracker(Path(folder) / "data")
        yield made
        made.collector.spool.close()


@given(path=PATHS, body=PACKED, headers=HEADERS, known=st.booleans())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("QUERY_STRING", query) for query in ("\x80", "verbose=\xff", "=&&=", "%", "writeKey=%ff", "writeKey=\xff")),
        *(("HTTP_AUTHORIZATION", value) for value in ("Basic \x80", "Basic \xff", "Basic =", "Bearer \x80", "\x80")),
    ],
)
def test_raw_bytes_beside_the_body_are_no_fault(tracker: Tracker, name: str, value: str) -> None:
    environ = {**create_environ("/v1/page"), "REQUEST_METHOD": "POST", name: value}

    _, status, _ = run_wsgi_app(tracker.client.application, environ)

    assert status == "401 Unauthorized"


@given(path=ODD_PATHS | ODD_TEXT, environ=ODD_ENVIRON, body=PACKED)
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_line_or_header_is_a_fault(
    tracker: Tracker, path: str, environ: dict[str, str], body: bytes
) -> None:
    whole = {**create_environ("/", input_stream=io.BytesIO(body)), "PATH_INFO": path, "CONTENT_LENGTH": str(len(body))}

    data, status, headers = run_wsgi_app(tracker.client.application, whole | environ)

    assert int(status[:3]) in (200, 204, 400, 401, 403, 404, 405, 413, 415)
    if environ["REQUEST_METHOD"] not in ("HEAD", "OPTIONS") and path not in ("/health", "/metrics"):
        assert headers["Content-Type"] == "application/json"
        assert isinstance(json.loads(b"".join(data)), dict)


@given(text=st.text(st.characters(codec=None), max_size=70) | st.from_regex(r"[-+0-9eE.:TZ ]{0,40}", fullmatch=True))
@settings(max_examples=250, deadline=None)
def test_any_text_is_an_instant_or_none(text: str) -> None:
    found = parse_instant(text)

    assert found is None or 0 <= found < MAX_US


@given(body=PACKED, encoding=ODD_TEXT | st.sampled_from(["", "gzip", "deflate"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_inflated_within_the_limit_or_refused(body: bytes, encoding: str) -> None:
    try:
        plain = inflate(body, encoding)
    except Refusal:
        return
    assert len(plain) <= MAX_BODY_BYTES


@given(
    received=st.integers(0, MAX_US - 1),
    sent=st.none() | st.integers(0, MAX_US - 1),
    original=st.none() | st.integers(0, MAX_US - 1),
)
@settings(max_examples=250, deadline=None)
def test_event_time_is_never_after_receipt_nor_absurdly_old(
    received: int, sent: int | None, original: int | None
) -> None:
    occurred, how = event_time(received, sent, original)

    assert received - OLDEST_BELIEVED_US <= occurred <= received
    assert how in ("corrected", "as_sent", "received")


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
