"""A request body's bytes: inflated within a limit, whatever the Content-Type says."""

import re
import zlib
from dataclasses import dataclass

# Segment's documented limit of one batch: https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/
MAX_BODY_BYTES = 500 * 1024
MAX_GZIP_MEMBERS = 1000  # each costs a copy of the rest of its piece
PIECE_BYTES = 16 * 1024  # inflated at a time: zlib copies what stands behind a member, once for each
GZIP_MAGIC = b"\x1f\x8b"
_PADDING = re.compile(rb"\0*")  # between members, as gzip(1) allows


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
        return _inflate_one(data, 0, zlib.MAX_WBITS, MAX_BODY_BYTES)[0]
    raise Refusal("unsupported_encoding", f"Content-Encoding {encoding[:40]!r} is not read here; send gzip or none")


def too_large() -> Refusal:
    """Build the refusal of a body over the limit."""
    return Refusal("too_large", f"the body is over {MAX_BODY_BYTES} bytes; send smaller batches")


def _gunzip(data: bytes) -> bytes:
    parts: list[bytes] = []
    at = size = 0
    while at < len(data):
        if len(parts) == MAX_GZIP_MEMBERS:
            raise Refusal("unreadable_body", f"the body has over {MAX_GZIP_MEMBERS} gzip members")
        part, at = _inflate_one(data, at, zlib.MAX_WBITS | 16, MAX_BODY_BYTES - size)
        parts.append(part)
        size += len(part)
        at = _PADDING.match(data, at).end()  # type: ignore[union-attr]  # it matches nothing, too
    return b"".join(parts)


def _inflate_one(data: bytes, at: int, wbits: int, limit: int) -> tuple[bytes, int]:
    """Inflate what begins at ``at``; return it and where it ends."""
    engine = zlib.decompressobj(wbits)
    parts: list[bytes] = []
    while not engine.eof:
        piece = data[at : at + PIECE_BYTES]
        if not piece:
            raise Refusal("unreadable_body", "the compressed body is cut short")
        try:
            parts.append(engine.decompress(piece, limit + 1))
        except zlib.error:
            raise Refusal("unreadable_body", "the compressed body is damaged") from None
        limit -= len(parts[-1])
        if limit < 0:
            raise too_large()
        at += len(piece) - len(engine.unused_data)
    return b"".join(parts), at
