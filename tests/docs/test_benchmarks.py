"""The page of the benchmarks names every benchmark there is, and no other."""

from bench.__main__ import BENCHES
from tests.docs.pages import DOCS, first_spans, table


def test_every_benchmark_is_explained() -> None:
    named = first_spans(table(DOCS / "benchmarks.md", "command", "question", "prints", "aim"))

    assert named == [f"python -m {module}" for module in BENCHES]
