"""A request body's bytes: inflated within a limit, whatever the Content-Type says."""

import zlib
from dataclasses import dataclass

# Segment's documented limit of one batch: https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/
MAX_BODY_BYTES = 500 * 1024
MAX_GZIP_MEMBERS = 1000  # each costs a copy of what is left: 25,000 of 20 bytes would take seconds
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(slots=True)
class Refusal(Exception):
    """The request cannot be read; ``code`` is the outcome that ``routes.py`` maps to a status."""

    code: str
    message: str
    retry_after_s: int = 0  # where it depends on the request; else the outcome's own


def inflate(data: bytes, encoding: str) -> bytes:
    """Return the plain body; gzip of several members and deflate are read, also where the header is missing.

    Raises Refusal: ``too_large`` (before more than the limit is held), ``unsupported_encoding``,
    ``unreadable_body``.
    """
    if len(data) > MAX_BODY_BYTES:
        raise too_large()
    encoding = encoding.strip().lower()
    if data.startswith(GZIP_MAGIC):
        return _gunzip(data)
    if encoding in ("", "identity", "gzip", "x-gzip"):
        return data  # a proxy that inflates often leaves the header
    if encoding == "deflate":
        return _inflate_one(data, zlib.MAX_WBITS)[0]
    raise Refusal("unsupported_encoding", f"Content-Encoding {encoding[:40]!r} is not read here; send gzip or none")


def too_large() -> Refusal:
    """Build the refusal of a body over the limit."""
    return Refusal("too_large", f"the body is over {MAX_BODY_BYTES} bytes; send smaller batches")


def _gunzip(data: bytes) -> bytes:
    parts: list[bytes] = []
    size = 0
    while data:
        if len(parts) == MAX_GZIP_MEMBERS:
            raise Refusal("unreadable_body", f"the body has over {MAX_GZIP_MEMBERS} gzip members")
        part, data = _inflate_one(data, zlib.MAX_WBITS | 16, MAX_BODY_BYTES - size)
        parts.append(part)
        size += len(part)
        data = data.lstrip(b"\0")  # padding between members, as gzip(1) allows
    return b"".join(parts)


def _inflate_one(data: bytes, wbits: int, limit: int = MAX_BODY_BYTES) -> tuple[bytes, bytes]:
    engine = zlib.decompressobj(wbits)
    try:
        plain = engine.decompress(data, limit + 1)
    except zlib.error:
        raise Refusal("unreadable_body", "the compressed body is damaged") from None
    if len(plain) > limit:
        raise too_large()
    if not engine.eof:
        raise Refusal("unreadable_body", "the compressed body is cut short")
    return plain, engine.unused_data
