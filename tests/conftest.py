"""Fixtures of all tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import RunningCollector, running_collector


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep this machine's settings and ``.env`` out of the tests."""
    for name in list(os.environ):
        if name.startswith(("TRACKING_", "GA4_", "GA_", "DAGSTER_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[RunningCollector]:
    """A real collector under Granian on an empty data folder."""
    with running_collector(tmp_path) as running:
        yield running
