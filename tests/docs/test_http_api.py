"""The page of the HTTP API: every route, every answer, every reason, and none that the code does not know."""

import re
from pathlib import Path

from ingest_api.answers import RETRY_AFTER_S, STATUS
from ingest_api.app import create_app
from ingest_api.schema import RejectReason
from ingest_api.settings import Settings
from tests.docs.pages import DOCS, first_spans, table

PAGE = DOCS / "http-api.md"


def test_every_route_is_named(tmp_path: Path) -> None:
    app = create_app(Settings(_env_file=None, data_dir=tmp_path))
    app.extensions["collector"].spool.close()
    served = set()
    for rule in app.url_map.iter_rules():
        paths = [rule.rule]
        served |= {(method, path) for path in paths for method in (rule.methods or set()) & {"GET", "POST"}}

    named = set()
    for cell, _ in table(PAGE, "method and path", "what"):
        found = re.findall(r"`(?:(GET|POST) )?(/\S*?)`", cell)
        named |= {(found[0][0], path) for _, path in found}

    assert named == served


def test_every_code_has_its_status_and_its_retry() -> None:
    rows = table(PAGE, "code", "status", "when", "send again?")

    assert {row[0].strip("`"): int(row[1]) for row in rows} == STATUS
    retries = {row[0].strip("`"): row[3] for row in rows if row[3].startswith("yes")}
    assert retries == {code: f"yes, `Retry-After: {seconds}`" for code, seconds in RETRY_AFTER_S.items()}


def test_every_reason_is_explained() -> None:
    assert first_spans(table(PAGE, "reason", "when")) == [reason.value for reason in RejectReason]
