"""Connections: what an internal error of DuckDB leaves behind does not end the process."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import tracking_pipeline
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.schema import make_lake

# A window over everything above an empty branch races in DuckDB 1.5.5 (duckdb issue 25713): a real internal error.
BREAK_IT = """
import sys
from pathlib import Path
import duckdb
from ingest_api.settings import Settings
from tracking_pipeline.lake import attach

race = '''
    select x, count(*) over () from (
      select i x from few where r < 0 union all select i from few where not exists (select 1 from few where r > 2)
    ) order by x desc limit 5
'''
try:
    with attach.opened(Settings(_env_file=None, data_dir=Path(sys.argv[1]))) as connection:
        connection.execute("set threads = 8")
        connection.execute("create temp table few as select i, random() r from range(4) s(i)")
        connection.execute("begin")
        connection.execute("select count(*) from events").fetchall()
        for _ in range(100_000):
            connection.execute(race).fetchall()
except duckdb.Error as error:
    print(type(error).__name__)
"""


def test_every_connection_of_the_pipeline_is_closed_with_that_in_mind() -> None:
    """``with attach.connect(…)`` closes it as DuckDB does."""
    root = Path(tracking_pipeline.__file__).parent
    bare = [str(path) for path in root.rglob("*.py") if re.search(r"attach\.connect\(.*\) as ", path.read_text())]
    assert bare == []


@pytest.mark.slow
def test_an_internal_error_is_reported_and_does_not_abort_the_process(tmp_path: Path) -> None:
    make_lake(Settings(_env_file=None, data_dir=tmp_path))

    done = subprocess.run(
        [sys.executable, "-c", BREAK_IT, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )

    assert (done.returncode, done.stdout.strip()) == (0, "InternalException"), done.stderr[-500:]


@pytest.mark.slow
def test_what_does_not_fit_in_memory_lies_under_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    make_lake(settings)

    with attach.opened(settings) as connection:
        connection.execute("set memory_limit = '20MB'")
        connection.execute("create temp table large as select random() as r from range(4_000_000)")
        spilled = list((settings.lake_dir / "tmp").iterdir())

    assert spilled
    assert list(Path.cwd().iterdir()) == []
