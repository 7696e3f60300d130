"""The analysts' page: its queries and its Python run, on an empty lake already."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from bench.swapsite.questions import PAGE, questions
from ingest_api.settings import Settings
from tests.docs.pages import fences, spans
from tests.tracking_pipeline.lake.made import copied_lake
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.marts.analytics import publish

QUERIES = fences(PAGE, "sql")


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty lake under ``data/`` of the working folder, its marts published, read only."""
    monkeypatch.chdir(tmp_path)
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    copied_lake(settings)
    publish(settings)
    with attach.connect(settings, read_only=True) as connection:
        yield connection


@pytest.mark.slow
def test_every_query_runs_on_an_empty_lake(lake: duckdb.DuckDBPyConnection) -> None:
    answers = {query: lake.execute(query).fetchall() for query in QUERIES}

    assert len(answers) > len(questions())
    assert {value for rows in answers.values() for row in rows for value in row} <= {0, None}


@pytest.mark.slow
@pytest.mark.usefixtures("lake")
def test_python_examples_run(capsys: pytest.CaptureFixture[str]) -> None:
    for example in fences(PAGE, "python"):
        exec(compile(example, PAGE.name, "exec"), {})

    printed = capsys.readouterr().out
    assert "sessions" in printed
    assert printed.strip().endswith("None")  # the newest day of no days


@pytest.mark.slow
@pytest.mark.usefixtures("lake")
def test_the_command_line_reads_the_lake(tmp_path: Path) -> None:
    [command] = [span for span in spans(PAGE) if span.startswith("duckdb -readonly")]
    home = {"HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "tracking_pipeline.operations.cli_extensions"], env=home, check=True)

    done = subprocess.run(
        f"{Path(sys.executable).parent}/{command} -csv -c 'select count(*) as n from sessions'",
        shell=True, env=home, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout.split() == ["n", "0"]
