"""A whole stack from an empty folder, as a person runs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tracking_pipeline.operations.stack import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Yield a complete stack on an empty data folder."""
    made = Stack(tmp_path / "data")
    made.start()
    yield made
    made.end()
