import gzip
import zlib

import pytest

from ingest_api.body import MAX_BODY_BYTES, MAX_GZIP_MEMBERS, Refusal, inflate

PLAIN = b'{"a": 1}'
READ = {
    "plain": (PLAIN, ""),
    "identity": (PLAIN, "identity"),
    "gzip": (gzip.compress(PLAIN), "gzip"),
    "gzip_upper_case": (gzip.compress(PLAIN), " GZIP"),
    "gzip_without_header": (gzip.compress(PLAIN), ""),
    "gzip_of_several_members": (gzip.compress(PLAIN[:3]) + gzip.compress(PLAIN[3:]), "gzip"),
    "gzip_padded": (gzip.compress(PLAIN) + b"\0\0\0", "gzip"),
    "header_of_a_proxy_that_inflated": (PLAIN, "gzip"),
    "deflate": (zlib.compress(PLAIN), "deflate"),
}
REFUSED = {
    "brotli": (b"\x0b\x02", "br", "unsupported_encoding"),
    "two_encodings": (PLAIN, "gzip, br", "unsupported_encoding"),
    "cut_gzip": (gzip.compress(PLAIN)[:-9], "gzip", "unreadable_body"),
    "damaged_gzip": (gzip.compress(PLAIN)[:-8] + b"\0" * 8, "gzip", "unreadable_body"),
    "garbage_behind_gzip": (gzip.compress(PLAIN) + b"xx", "gzip", "unreadable_body"),
    "too_many_members": (gzip.compress(b"") * (MAX_GZIP_MEMBERS + 1), "gzip", "unreadable_body"),
    "large": (b" " * (MAX_BODY_BYTES + 1), "", "too_large"),
    "bomb": (gzip.compress(b" " * (MAX_BODY_BYTES + 1)), "gzip", "too_large"),
    "bomb_of_members": (gzip.compress(b" " * MAX_BODY_BYTES) + gzip.compress(b" "), "gzip", "too_large"),
    "no_deflate": (PLAIN, "deflate", "unreadable_body"),
}


@pytest.mark.parametrize(("data", "encoding"), READ.values(), ids=READ.keys())
def test_body_is_inflated_by_its_bytes(data: bytes, encoding: str) -> None:
    assert inflate(data, encoding) == PLAIN


def test_body_of_the_very_limit_is_read() -> None:
    largest = b" " * MAX_BODY_BYTES

    assert inflate(gzip.compress(largest), "gzip") == inflate(largest, "") == largest


@pytest.mark.parametrize(("data", "encoding", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_body_that_cannot_be_read_is_refused(data: bytes, encoding: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        inflate(data, encoding)

    assert refused.value.code == code
