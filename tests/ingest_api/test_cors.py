"""CORS: the very origin and never ``*``, credentials for listed origins only, ``Vary`` on every answer."""

from pathlib import Path
from typing import Any

import pytest

from tests.ingest_api.conftest import Tracker, make_tracker

CALL = '{"userId":"u"}'
A, B, OTHER = "https://a.example", "https://shop.b.example", "https://other.example"
SOURCES = """
[sources.a]
keys = ["key-a"]
allowed_origins = ["https://a.example"]

[sources.b]
keys = ["key-b"]
allowed_origins = ["https://*.b.example", "null"]
"""


@pytest.fixture
def listed(tmp_path: Path) -> Tracker:
    """Two sources, each with its own list."""
    file = tmp_path / "sources.toml"
    file.write_text(SOURCES)
    return make_tracker(tmp_path / "data", sources_file=file)


def cors(answer: Any) -> dict[str, str]:
    """The headers that browsers ask for, but those of a preflight's form."""
    shown = {"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Private-Network"}
    return {name: value for name, value in answer.headers.items() if name in shown}


def granted(origin: str) -> dict[str, str]:
    """What a listed origin gets."""
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}


POSTS: dict[str, tuple[str, str, int]] = {
    "own_origin": ("key-a", A, 200),
    "own_wildcard": ("key-b", B, 200),
    "own_null": ("key-b", "null", 200),
    "origin_of_another_source": ("key-a", B, 403),
    "null_of_another_source": ("key-a", "null", 403),
    "nobodys_origin": ("key-b", OTHER, 403),
}


@pytest.mark.parametrize("place", ["header", "body"])
@pytest.mark.parametrize(("key", "origin", "status"), POSTS.values(), ids=POSTS.keys())
def test_post_is_judged_by_its_own_source(listed: Tracker, key: str, origin: str, status: int, place: str) -> None:
    headers = {"X_Write_Key": key if place == "header" else ""}
    body = '{"userId":"u","writeKey":"%s"}' % (key if place == "body" else "")

    answer = listed.post("/v1/page", body, Origin=origin, **headers)

    assert (answer.status_code, cors(answer)) == (status, granted(origin) if status == 200 else {})
    assert answer.headers["Vary"] == "Origin"
    assert ("Set-Cookie" in answer.headers) == (status == 200)
    assert [len(rows) for rows in listed.stored()] == [int(status == 200), 0]


def test_refused_origin_is_counted(listed: Tracker) -> None:
    listed.post("/v1/page", CALL, Origin=OTHER, X_Write_Key="key-a")
    listed.client.options("/v1/page", headers={"Origin": OTHER})

    page = listed.client.get("/metrics").text
    assert 'code="origin_not_allowed"' in page
    (line,) = [line for line in page.splitlines() if 'code="origin_not_allowed"' in line and not line.startswith("#")]
    assert float(line.split()[-1]) == 2


@pytest.mark.parametrize("origin", [A, B, "null"])
def test_preflight_of_any_sources_origin_is_granted_and_kept(listed: Tracker, origin: str) -> None:
    answer = listed.client.options(
        "/v1/batch", headers={"Origin": origin, "Access-Control-Request-Headers": "authorization, X-Retry-Count"}
    )

    assert (answer.status_code, cors(answer)) == (204, granted(origin))
    assert answer.headers["Access-Control-Max-Age"] == "7200"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization, X-Retry-Count"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Origin" in answer.headers["Vary"]


def test_preflight_of_no_sources_origin_is_403(listed: Tracker) -> None:
    answer = listed.client.options("/v1/batch", headers={"Origin": OTHER})

    assert (answer.status_code, answer.json["code"], cors(answer)) == (403, "origin_not_allowed", {})
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(("origin", "allowed"), [(A, True), (OTHER, False)])
def test_private_network_is_opened_to_listed_origins_only(tmp_path: Path, origin: str, allowed: bool) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(SOURCES + '[sources.open]\nkeys = ["o"]\nallowed_origins = []\n')
    tracker = make_tracker(tmp_path / "data", sources_file=file)

    answer = tracker.client.options(
        "/v1/page", headers={"Origin": origin, "Access-Control-Request-Private-Network": "true"}
    )

    assert answer.status_code == 204
    assert answer.headers.get("Access-Control-Allow-Private-Network") == ("true" if allowed else None)


def test_any_origin_is_named_without_credentials(tracker: Tracker) -> None:
    for answer in (
        tracker.post("/v1/page", CALL, Origin=OTHER),
        tracker.client.options("/", headers={"Origin": OTHER}),
    ):
        assert cors(answer) == {"Access-Control-Allow-Origin": OTHER}


def test_null_is_never_granted_by_accident(tracker: Tracker) -> None:
    post, preflight = (
        tracker.post("/v1/page", CALL, Origin="null"),
        tracker.client.options("/", headers={"Origin": "null"}),
    )

    assert (post.status_code, cors(post)) == (200, {})
    assert (preflight.status_code, cors(preflight)) == (403, {})


ERRORS: dict[str, tuple[str, str, dict[str, str]]] = {
    "unknown_key": ("POST", "/v1/page", {"X-Write-Key": "other"}),
    "not_found": ("POST", "/nowhere", {}),
    "method_not_allowed": ("PUT", "/v1/page", {}),
    "unreadable": ("POST", "/v1/batch", {"X-Write-Key": "key-a"}),
    "encoding": ("POST", "/v1/page", {"X-Write-Key": "key-a", "Content-Encoding": "br"}),
}


@pytest.mark.parametrize(("method", "path", "headers"), ERRORS.values(), ids=ERRORS.keys())
def test_page_of_an_allowed_origin_can_read_errors(
    listed: Tracker, method: str, path: str, headers: dict[str, str]
) -> None:
    with_origin = listed.client.open(path, method=method, data="hello", headers={**headers, "Origin": A})
    without = listed.client.open(path, method=method, data="hello", headers=headers)

    assert with_origin.status_code >= 400
    assert (cors(with_origin), cors(without)) == (granted(A), {})
    assert with_origin.headers["Vary"] == without.headers["Vary"] == "Origin"


STRANGE = [
    "https://a b",
    "https://a.example/path",
    "javascript:alert(1)",
    "https://" + "a" * 600,
    "é",
    "https://é.example",
]


@pytest.mark.parametrize("origin", STRANGE)
def test_what_is_no_origin_is_never_echoed(tracker: Tracker, origin: str) -> None:
    answer = tracker.post("/v1/page", CALL, Origin=origin)

    assert (answer.status_code, cors(answer)) == (200, {})


@pytest.mark.parametrize("asked", ["x-a, é", "x a", "a" * 5000, ",", "x-a\x0b"])
def test_requested_headers_that_are_none_are_never_echoed(tracker: Tracker, asked: str) -> None:
    answer = tracker.client.options("/v1/page", headers={"Origin": A, "Access-Control-Request-Headers": asked})

    allowed = answer.headers["Access-Control-Allow-Headers"]
    assert allowed == "content-type" or (len(allowed) <= 2048 and set(allowed) == {"a"})
