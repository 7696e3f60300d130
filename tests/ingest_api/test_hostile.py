"""Whatever bytes a client sends: an answer below 500 or the end of the connection, and no harm to the next."""

import gzip
import os
import socket
from collections.abc import Iterator

import httpx
import pytest

from ingest_api.waiting import spooled
from tests.support import RunningCollector, running_collector

BODY = b'{"userId":"u"}'
CLOSE = b"Connection: close\r\n"
LATER = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    with running_collector(tmp_path_factory.mktemp("hostile")) as running:
        yield running


def post(path: bytes = b"/v1/page", headers: bytes = b"", body: bytes = BODY, *, length: bool = True) -> bytes:
    """A request, whole and well-formed but for what is given."""
    announced = b"Content-Length: %d\r\n" % len(body) if length else b""
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nX-Write-Key: demo\r\n%s%s%s\r\n"
    return head % (path, CLOSE, announced, headers) + body


def sent(server: RunningCollector, request: bytes) -> bytes:
    """Send bytes as they are; return all that comes back until the server closes."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        answer = b""
        try:
            connection.sendall(request)
            while more := connection.recv(65536):
                answer += more
        except ConnectionError:
            pass  # it closed before it had read everything
    return answer


def statuses(answer: bytes) -> list[int]:
    """Every status line in what came back."""
    return [int(part[2:5]) for part in answer.split(b"HTTP/1.")[1:]]


# What the server answers itself has no body: it never reaches the application.
WIRE: dict[str, tuple[bytes, list[int]]] = {
    "dot_segments": (post(b"/v1/../v1/page"), [404]),
    "escaped_dot_segments": (post(b"/v1/%2e%2e/v1/page"), [404]),
    "escaped_nul": (post(b"/v1/page%00"), [404]),
    "nul": (post(b"/v1/pa\0ge"), [400]),
    "broken_escape": (post(b"/v1/%zz"), [404]),
    "escapes_that_are_no_utf8": (post(b"/v1/%ff%fe"), [404]),
    "utf8_path": (post("/v1/é".encode()), [404]),
    "path_parameter": (post(b"/v1/page;x=1"), [404]),
    "backslash": (post(b"/v1\\page"), [404]),
    "asterisk": (post(b"*"), [404]),
    "long_path": (post(b"/" + b"a" * 30_000), [404]),
    "path_too_long": (post(b"/" + b"a" * 70_000), [431]),
    # Other spellings of the same path, as RFC 3986 has them: the event is stored.
    "doubled_slash": (post(b"//v1/page"), [200]),
    "escaped_slash": (post(b"/v1%2fpage"), [200]),
    "whole_url": (post(b"http://evil.example/v1/page"), [200]),
    "strange_query": (post(b"/v1/page?writeKey=%ff&%00=1&&=&verbose"), [200]),
    # Headers
    "cookies_of_32_kb": (post(headers=b"Cookie: a=" + b"x" * 32_768 + b"; _ga=GA1.1.1.1\r\n"), [200]),
    "cookies_of_1_mb": (post(headers=b"Cookie: a=" + b"x" * 1_000_000 + b"\r\n"), [431]),
    "ninety_headers": (post(headers=b"".join(b"X-%d: a\r\n" % n for n in range(90))), [200]),
    "thousand_headers": (post(headers=b"".join(b"X-%d: a\r\n" % n for n in range(1000))), [431]),
    "nul_in_a_header": (post(headers=b"X-A: a\0b\r\n"), [400]),
    "space_before_colon": (post(headers=b"X-A : b\r\n"), [400]),
    "no_name": (post(headers=b": b\r\n"), [400]),
    "folded_header": (post(headers=b"Origin: https://a.example\r\n X-B: c\r\n"), [400]),
    "latin1_header": (post(headers=b"User-Agent: \xff\xfe\r\n"), [200]),
    "utf8_header": (post(headers="User-Agent: é\r\nCookie: é=é\r\n".encode()), [200]),
    "broken_basic": (post(headers=b"Authorization: Basic \xff====\r\n"), [200]),
    "broken_digest": (post(headers=b'Authorization: Digest a=,"\r\n'), [200]),
    # Lengths
    "two_lengths_alike": (post(headers=b"Content-Length: 14\r\n"), [200]),
    "two_lengths": (post(headers=b"Content-Length: 3\r\n"), [400]),
    "list_of_lengths": (post(headers=b"Content-Length: 14, 14\r\n", length=False), [400]),
    "negative_length": (post(headers=b"Content-Length: -1\r\n", length=False), [400]),
    "signed_length": (post(headers=b"Content-Length: +14\r\n", length=False), [400]),
    "length_of_30_digits": (post(headers=b"Content-Length: " + b"9" * 30 + b"\r\n", length=False), [400]),
    "length_of_18_digits": (post(headers=b"Content-Length: " + b"9" * 18 + b"\r\n", length=False), [413]),
    "unknown_transfer_coding": (post(headers=b"Transfer-Encoding: xchunked\r\n", length=False), [400]),
    "identity_transfer_coding": (post(headers=b"Transfer-Encoding: identity\r\n"), [400]),
    "bad_chunk": (post(headers=CHUNKED, body=b"zz\r\n", length=False), [400]),
    # Methods and versions
    "head": (post().replace(b"POST", b"HEAD", 1), [405]),
    "trace": (post().replace(b"POST", b"TRACE", 1), [405]),
    "connect": (post(b"x:80").replace(b"POST", b"CONNECT", 1), [404]),
    "own_method": (post().replace(b"POST", b"FOO", 1), [405]),
    "http_1_0": (post().replace(b"HTTP/1.1\r\nHost: x", b"HTTP/1.0", 1), [200]),
    "http_3_0": (post().replace(b"HTTP/1.1", b"HTTP/3.0", 1), [400]),
    "http_2_preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []),
    "upgrade_to_h2c": (post(headers=b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"), [200]),
    "tls_hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 500, [400]),
    "zeros": (b"\0" * 100 + b"\r\n\r\n", [400]),
    # Several requests on one connection
    "pipelined": (post().replace(CLOSE, b"") * 3 + post(), [200] * 4),
    "expect_continue": (post(headers=b"Expect: 100-continue\r\n"), [100, 200]),
    "after_an_unread_body": (post(b"/nowhere").replace(CLOSE, b"") + LATER, [404, 200]),
    # Smuggling: a server that took the other length would answer the second request too
    "length_and_chunks": (post(headers=CHUNKED, body=b"0\r\n\r\n" + LATER).replace(CLOSE, b""), [400]),
    "chunks_and_length": (
        post(headers=CHUNKED + b"Content-Length: 99\r\n", body=b"0\r\n\r\n" + LATER, length=False).replace(CLOSE, b""),
        [400],
    ),
    # Bombs
    "bomb": (post(headers=b"Content-Encoding: gzip\r\n", body=gzip.compress(b" " * 300_000_000, 1)[:500_000]), [413]),
    "bomb_in_a_bomb": (post(body=gzip.compress(gzip.compress(b" " * 10_000_000))), [400]),
    "many_members": (post(b"/v1/batch", body=gzip.compress(b"") * 20_000), [400]),
    "members_before_a_large_one": (
        post(b"/v1/batch", body=gzip.compress(b"") * 999 + gzip.compress(os.urandom(400_000))),
        [400],
    ),
}


@pytest.mark.parametrize(("request_", "expected"), WIRE.values(), ids=WIRE.keys())
def test_strange_request_is_answered_below_500(server: RunningCollector, request_: bytes, expected: list[int]) -> None:
    answer = sent(server, request_)

    # A server that closes with bytes unread resets the connection, and the reset may overtake its answer.
    assert statuses(answer) == expected or (expected == [431] and answer == b"")
    assert sent(server, post()).startswith(b"HTTP/1.1 200")


INJECTED = b"X-Injected: yes"
INJECTIONS = {
    "origin_cr": b"Origin: https://a.example\r" + INJECTED + b"\r\n",
    "origin_escaped": b"Origin: https://a.example%0d%0a" + INJECTED + b"\r\n",
    "origin_utf8_newline": "Origin: https://a.example\u560d\u560aX-Injected: yes\r\n".encode(),
    "requested_headers": b"Origin: https://a.example\r\nAccess-Control-Request-Headers: x-a%0d%0a" + INJECTED + b"\r\n",
    "requested_headers_latin1": b"Origin: https://a.example\r\nAccess-Control-Request-Headers: x-a, \xe9\x85\r\n",
    "forwarded": b'Forwarded: for=1.1.1.1;proto="https\\\r' + INJECTED + b'"\r\nOrigin: https://a.example\r\n',
    "forwarded_proto": b"X-Forwarded-Proto: https; Secure; Domain=evil.example\r\nX-Forwarded-Host: evil.example\r\n",
}


@pytest.mark.parametrize("method", [b"POST", b"OPTIONS"])
@pytest.mark.parametrize("headers", INJECTIONS.values(), ids=INJECTIONS.keys())
def test_no_header_of_a_request_becomes_one_of_an_answer(
    server: RunningCollector, headers: bytes, method: bytes
) -> None:
    answer = sent(server, post(headers=headers).replace(b"POST", method, 1))

    head = answer.partition(b"\r\n\r\n")[0].lower()
    (status,) = statuses(answer)
    assert status < 500
    assert b"x-injected" not in head
    assert b"evil" not in head
    assert head.isascii()


def test_broken_off_body_is_not_stored(server: RunningCollector) -> None:
    before = len(list(spooled(server.data_dir / "spool")))

    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(post(body=BODY + b" " * 100)[:-50])
    httpx.get(f"{server.url}/health/live")

    assert len(list(spooled(server.data_dir / "spool"))) == before
