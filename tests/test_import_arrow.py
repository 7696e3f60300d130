"""Imports point one way: ``tracking_pipeline`` → the contract in ``ingest_api``; and the collector stays light."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What the pipeline may know of the collector `disk`: how files are locked.
CONTRACT = {"schema", "arrow", "partitions", "catalogue", "landing", "settings", "disk"}
# The command line and the processes it starts may import everything.
OUTERMOST = ("tracking_pipeline/cli/", "tracking_pipeline/operations/")
HEAVY = {"pyarrow", "dagster", "duckdb", "httpx", "tracking_pipeline", "numpy", "pandas"}


def _imports(package: str) -> Iterator[tuple[str, str]]:
    """Yield (file, imported module) for every import in a package, those inside functions too."""
    for path in sorted((ROOT / package).rglob("*.py")):
        file = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((file, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                yield from ((file, f"{node.module}.{alias.name}") for alias in node.names)


def test_ingest_api_never_imports_the_pipeline() -> None:
    assert [(file, name) for file, name in _imports("ingest_api") if name.startswith("tracking_pipeline")] == []


def test_ingest_api_knows_nothing_of_dagster_duckdb_or_httpx() -> None:
    heavy = {"dagster", "duckdb", "httpx"}

    assert [(file, name) for file, name in _imports("ingest_api") if name.split(".")[0] in heavy] == []


def test_pipeline_imports_the_contract_alone() -> None:
    beyond = [
        (file, name)
        for file, name in _imports("tracking_pipeline")
        if name.startswith("ingest_api.") and name.split(".")[1] not in CONTRACT and not file.startswith(OUTERMOST)
    ]

    assert beyond == []


def test_collectors_worker_imports_nothing_heavy() -> None:
    program = (
        "import sys; from ingest_api.settings import Settings; from ingest_api.app import create_app;"
        "create_app(Settings(_env_file=None)).test_client().post('/v1/track', data='{}');"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)

    assert set(loaded.stdout.split()) & HEAVY == set()
