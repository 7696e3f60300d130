"""What RudderStack's browser SDK asks for beyond Segment's paths: its source's settings, and beacons.

``load(key, dataPlaneUrl, {configUrl})`` with both URLs the collector's: it reads ``<configUrl>/sourceConfig/`` first
and posts nothing without a valid one. With ``useBeacon`` it posts to ``/beacon/v1/batch?writeKey=`` and never again.
Its answer's form was read in @rudderstack/analytics-js 3.34.1.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from ingest_api import intake
from ingest_api.dialects import Dialect, segment
from ingest_api.settings import Settings


def source_config(environ: dict[str, Any], settings: Settings, variables: Mapping[str, str]) -> dict[str, object]:
    """Describe the source of ``?writeKey=``, without destinations. Raises Refusal for a key that is not known."""
    key = parse_qs(environ.get("QUERY_STRING", "")).get("writeKey", [""])[0]
    intake.source_of(environ, settings, key)
    off = {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}}
    source = {"id": key, "name": key, "writeKey": key, "enabled": True, "workspaceId": key, "destinations": []}
    return {"source": {**source, "config": off}}


DIALECT = Dialect(
    name="rudderstack",
    posts={"/beacon/v1/batch": segment.parse_batch},
    gets={"/sourceConfig/": source_config},
)
