"""A world per test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tracking_pipeline.delivery.server import Collect
from tests.tracking_pipeline.delivery.world import World, new_world


@pytest.fixture
def world(tmp_path: Path, collect: Collect) -> Iterator[World]:
    """Yield an empty lake whose GA4 is ``collect``, with secrets of its own."""
    made = new_world(tmp_path, collect.url, ga4_measurement_id="G-TEST", ga4_api_secret="s3cr3t-of-tests")
    yield made
    made.store.connection.close()
