"""Jitsu's SDK (@jitsu/js): one event a request, the type in the path, otherwise Segment's calls.

The key comes as ``X-Write-Key: key:secret``; a server's SDK posts below ``s2s``.
"""

from functools import partial

from ingest_api.dialects import Dialect, segment
from ingest_api.schema import CALL_TYPES

DIALECT = Dialect(
    name="jitsu",
    posts={
        f"/api/s/{below}{kind}": partial(segment.parse_single, call_type=kind)
        for below in ("", "s2s/")
        for kind in CALL_TYPES
    },
)
