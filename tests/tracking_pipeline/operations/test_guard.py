"""What the guard lets through to the Dagster UI, and what it keeps off."""

import asyncio
from typing import Any

import pytest

from tracking_pipeline.operations.guard import Guard, refusal

NAMES = {"localhost", "ops.example.com"}
GET_QUERY = "A query has to be posted."
ANOTHER_PAGE = "This was asked for by another page."


def scope(method: str, target: str, kind: str = "http", **headers: str) -> dict[str, Any]:
    path, _, query = target.partition("?")
    named = {"host": "127.0.0.1:3000", **{name.replace("_", "-"): value for name, value in headers.items()}}
    pairs = [(name.encode(), value.encode()) for name, value in named.items()]
    return {"type": kind, "method": method, "path": path, "query_string": query.encode(), "headers": pairs}


@pytest.mark.parametrize(
    "asked",
    [
        scope("GET", "/"),
        scope("GET", "/runs/1?query=x", sec_fetch_site="cross-site"),
        scope("GET", "/graphql", accept="text/html"),
        scope("POST", "/graphql"),
        scope("POST", "/graphql", origin="http://127.0.0.1:3000"),
        scope("POST", "/graphql", host="OPS.example.com", origin="https://ops.example.com"),
        scope("POST", "/graphql", host="[::1]:3000", origin="http://[::1]:3000"),
        scope("POST", "/graphql", sec_fetch_site="same-origin"),
        scope("GET", "/graphql", "websocket", host="localhost:3000", origin="http://localhost:3000"),
    ],
    ids=lambda asked: f"{asked['method']} {asked['path']} {len(asked['headers'])}",
)
def test_what_the_page_itself_asks_for_passes(asked: dict[str, Any]) -> None:
    assert refusal(asked, NAMES) is None


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (scope("GET", "/graphql?query=mutation{x}"), GET_QUERY),
        (scope("GET", "/graphql?%71uery=mutation{x}"), GET_QUERY),
        (scope("HEAD", "/prefix/graphql?variables=1&query=x"), GET_QUERY),
        (scope("POST", "/graphql?query=mutation{x}", origin="https://evil.test"), ANOTHER_PAGE),
        (scope("POST", "/graphql", origin="null"), ANOTHER_PAGE),
        (scope("POST", "/graphql", origin="http://127.0.0.1:8010"), ANOTHER_PAGE),
        (scope("POST", "/report_asset_check/x", sec_fetch_site="same-site"), ANOTHER_PAGE),
        (scope("DELETE", "/x", sec_fetch_site="cross-site"), ANOTHER_PAGE),
        (scope("GET", "/graphql", "websocket", origin="https://evil.test"), ANOTHER_PAGE),
    ],
    ids=["picture", "its name encoded", "head", "form", "sandboxed", "another port", "report", "delete", "web socket"],
)
def test_what_another_page_asks_for_is_refused(asked: dict[str, Any], why: str) -> None:
    assert refusal(asked, NAMES) == why


@pytest.mark.parametrize("host", ["evil.test", "evil.test:3000", "localhost.evil.test", "", "[", "127.0.0.1.evil.test"])
def test_a_name_that_a_stranger_points_here_is_refused(host: str) -> None:
    assert "TRACKING_DAGSTER_HOSTS" in (refusal(scope("GET", "/", host=host), NAMES) or "")


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        (scope("GET", "/"), ["passed"]),
        (scope("GET", "/", host="evil.test"), ["http.response.start", "http.response.body"]),
        (scope("GET", "/graphql", "websocket", origin="https://evil.test"), ["websocket.close"]),
        ({"type": "lifespan"}, ["passed"]),
    ],
    ids=["page", "refused page", "refused web socket", "lifespan"],
)
def test_refused_requests_never_reach_dagster(asked: dict[str, Any], sent: list[str]) -> None:
    said: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        said.append("passed")

    async def send(message: Any) -> None:
        said.append(message["type"])

    async def receive() -> dict[str, Any]:
        return {}

    asyncio.run(Guard(app)(asked, receive, send))

    assert said == sent
