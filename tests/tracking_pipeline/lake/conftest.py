"""A fresh lake per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tracking_pipeline.lake.parts import new_store
from tracking_pipeline.lake.insert import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Yield a store with an empty lake and landing zone."""
    made = new_store(tmp_path)
    yield made
    made.connection.close()
