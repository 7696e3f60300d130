"""The analysts' page: its queries and its Python run, on an empty lake already."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ingest_api.settings import Settings
from tests.docs.pages import DOCS, fences
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.schema import make_lake

PAGE = DOCS / "analysts.md"
QUERIES = fences(PAGE, "sql")


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty lake under ``data/`` of the working folder, read only."""
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    make_lake(settings)
    with attach.connect(settings, read_only=True) as connection:
        yield connection


def test_there_are_five_queries() -> None:
    assert len(QUERIES) == 5


@pytest.mark.parametrize("query", QUERIES, ids=[query.split("\n")[0][:40] for query in QUERIES])
def test_query_runs_on_an_empty_lake(lake: duckdb.DuckDBPyConnection, query: str) -> None:
    assert lake.execute(query).fetchall() == []


@pytest.mark.usefixtures("lake")
def test_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = fences(PAGE, "python")

    exec(compile(example, PAGE.name, "exec"), {})

    assert "0" in capsys.readouterr().out
