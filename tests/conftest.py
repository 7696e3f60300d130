"""Fixtures of all tests."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.support import RunningCollector, running_collector

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.tracking_pipeline.delivery.server import Collect


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Print what a stack's parts logged last when its test failed: the folder may be gone when a person looks."""
    report = yield
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and stack is not None:
        report.sections += [(f"{name} of the stack", text) for name, text in stack.last_words()]
    return report


# No test fails because the machine is busy.
hypothesis_settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("any machine")


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


@pytest.fixture
def collect() -> Iterator["Collect"]:
    """A collect server that stands for GA4 and notes what arrives."""
    from tests.tracking_pipeline.delivery.server import running_collect

    with running_collect() as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """A real Chromium, one a module: while it runs, this thread has a running event loop."""
    from tests.browser.chromium import running_chromium  # 0.3 s to import, for the few that use it

    with running_chromium() as browser:
        yield browser
