"""The adapters' pages: their queries run, their numbers and options are the code's."""

import datetime as dt
import json
import re
from collections.abc import Iterator

import duckdb
import pytest

from tests.docs.pages import DOCS, ROOT, fences, first_spans, prose, table

PAGE = DOCS / "adapters.md"
ADAPTERS = ROOT / "ingest_api" / "tracker"
AT = dt.datetime.fromisoformat("2026-11-25T10:00:00")
STORY = [
    ("started", "r1", 1),
    ("failed", "r1", 1),
    ("completed", "r1", 2),
    ("started", "r2", 1),
    ("failed", "r2", 1),
    ("started", "r3", 1),
]


@pytest.fixture
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """As much of ``events`` as the queries need."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table events (event_name varchar, occurred_at timestamp, properties json, off_plan varchar)"
        )
        for second, (state, route_id, attempt) in enumerate(STORY):
            properties = json.dumps({"route_id": route_id, "attempt": attempt})
            row = [f"lifi_route_execution_{state}", AT + dt.timedelta(seconds=second), properties, None]
            connection.execute("insert into events values (?, ?, ?, ?)", row)
        for chart_range, off_plan in (("week", None), ("week", None), (7, "wrong_type:chart_range")):
            row = ["chart_open", AT, json.dumps({"chart_range": chart_range}), off_plan]
            connection.execute("insert into events values (?, ?, ?, ?)", row)
        yield connection


def test_an_execution_s_state_is_its_last_attempt_s(lake: duckdb.DuckDBPyConnection) -> None:
    (query,) = fences(PAGE, "sql")

    assert sorted(lake.execute(query).fetchall()) == [("r1", "completed", 2), ("r2", "failed", 1), ("r3", "started", 1)]


def test_the_walk_s_query_counts_what_is_on_the_plan(lake: duckdb.DuckDBPyConnection) -> None:
    (query,) = fences(DOCS / "add-an-event.md", "sql")

    assert lake.execute(query).fetchall() == [("week", 2)]


def test_every_option_is_named() -> None:
    declared = (ADAPTERS / "types" / "lifi.d.ts").read_text()
    options = re.search(r"interface LifiOptions \{(.*?)\n\}", declared, re.DOTALL)
    assert options is not None

    assert sorted(first_spans(table(PAGE, "option", "what"))) == sorted(re.findall(r"^  (\w+)\?:", options[1], re.M))


def test_the_numbers_are_the_code_s() -> None:
    text = prose(PAGE)
    said = {
        f"{ADAPTERS}/test/adapters/size.test.js": ("LIMIT_BYTES = 4_096", "4,096 bytes"),
        f"{ADAPTERS}/adapters/lifi.js": ("MAX_PAYLOAD_CHARS = 24_000", "24,000 characters"),
        f"{ADAPTERS}/adapters/form.js": ("PAUSE_MS = 1_000", "rests for a second"),
        f"{ADAPTERS}/adapters/executions.js": ("MAX_ROUTES = 30", "last 30 routes"),
    }

    for path, (constant, words) in said.items():
        assert constant in (ROOT / path).read_text()
        assert words in text
