"""Imports point one way: tracking_pipeline → the contract in ingest_api; never back. Workers stay light."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ingest_api
import tracking_pipeline

CONTRACT = {"schema", "arrow", "partitions", "catalogue", "landing", "settings", "masking", "param_names"}
CONTRACT |= {"disk", "orphans"}  # files and processes, the same everywhere
EVERYTHING = ("cli", "operations")  # the outermost rooms: they start and show all parts
COLLECTOR = Path(ingest_api.__file__).parent
PIPELINE = Path(tracking_pipeline.__file__).parent


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_collector_knows_nothing_of_the_pipeline() -> None:
    back = [
        (path.name, name)
        for path in COLLECTOR.rglob("*.py")
        for name in imports_of(path)
        if name.partition(".")[0] in ("tracking_pipeline", "dagster", "duckdb", "httpx")
    ]
    assert back == []


def test_the_pipeline_imports_only_the_contract() -> None:
    beyond = [
        (str(path.relative_to(PIPELINE)), name)
        for path in PIPELINE.rglob("*.py")
        if path.relative_to(PIPELINE).parts[0] not in EVERYTHING
        for name in imports_of(path)
        if name.startswith("ingest_api.") and name.split(".")[1] not in CONTRACT
    ]
    assert beyond == []


@pytest.mark.parametrize("room", ["lake", "delivery", "protocol", "standin"])
def test_dagster_stays_out_of_the_rooms_that_work(room: str) -> None:
    found = [
        str(path.relative_to(PIPELINE))
        for path in (PIPELINE / room).rglob("*.py")
        for name in imports_of(path)
        if name.partition(".")[0] == "dagster"
    ]
    assert found == []


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("ingest_api.app", {"pyarrow", "dagster", "duckdb", "httpx"}),
        ("tracking_pipeline.standin.app", {"pyarrow", "dagster", "duckdb", "httpx"}),
        ("tracking_pipeline.definitions", {"pyarrow", "duckdb", "httpx", "flask"}),
        ("tracking_pipeline.delivery.due", {"pyarrow", "duckdb", "httpx", "dagster"}),
    ],
)
def test_what_starts_often_imports_nothing_heavy(module: str, heavy: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert heavy & set(done.stdout.split()) == set()
