"""Rules that every SQL file of the pipeline keeps."""

import re
from pathlib import Path

import pytest

import tracking_pipeline

ROOT = Path(tracking_pipeline.__file__).parent
FILES = sorted(ROOT.rglob("*.sql"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_window_spans_the_whole_result(path: Path) -> None:
    """``count(*) over ()`` races in DuckDB 1.5.5: now and then it ends the process (duckdb issue 25713)."""
    code = "\n".join(line.partition("--")[0] for line in path.read_text().splitlines())

    assert not re.search(r"over\s*\(\s*\)", code, re.IGNORECASE)
