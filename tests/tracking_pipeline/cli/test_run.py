"""``tracking run PART``: each part alone, as a service manager starts it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support import wait_until
from tests.tracking_pipeline.operations.stack import STOP_LIMIT_S, TRACKING, Stack

pytestmark = pytest.mark.slow


class Runs:
    """Starts parts and ends them after the test."""

    def __init__(self, data_dir: Path) -> None:
        self.stack = Stack(data_dir)
        self.started: list[psutil.Popen] = []

    def start(self, part: str) -> psutil.Popen:
        output = (self.stack.settings.data_dir.parent / f"{part}-{len(self.started)}.out").open("w")
        with output:
            process = psutil.Popen(
                [TRACKING, "run", part], env=self.stack.environment, stdout=output, stderr=subprocess.STDOUT
            )
        self.started.append(process)
        return process

    def said(self, part: str, number: int = 0) -> str:
        return (self.stack.settings.data_dir.parent / f"{part}-{number}.out").read_text()

    def end(self) -> None:
        for process in self.started:
            if process.is_running():
                process.terminate()
        psutil.wait_procs(self.started, timeout=STOP_LIMIT_S)


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    made = Runs(tmp_path / "data")
    yield made
    made.end()


def test_collector_and_publisher_alone_take_and_publish_events(runs: Runs) -> None:
    collector, publisher = runs.start("collector"), runs.start("publisher")
    wait_until(lambda: runs.stack.post("Alone") == 200, 20, "collector answers")

    landing = runs.stack.settings.landing_dir / "events"
    wait_until(lambda: len(list(landing.glob("date=*/hour=*/*.parquet"))) == 1, 20, "part file")

    assert "granian" in " ".join(collector.cmdline())
    assert "publisher" in " ".join(publisher.cmdline())
    for process in (collector, publisher):
        process.terminate()
        assert process.wait(STOP_LIMIT_S) in (0, None)


def test_second_publisher_stops_with_3_and_says_why(runs: Runs) -> None:
    runs.start("publisher")
    wait_until((runs.stack.settings.spool_dir / "publisher.lock").exists, 20, "first publisher")
    second = runs.start("publisher")

    assert second.wait(30) == 3

    assert "a person must look: another publisher works on" in runs.said("publisher", 1)


def test_second_collector_on_the_port_is_refused(runs: Runs) -> None:
    runs.start("collector")
    wait_until(lambda: runs.stack.post("First") == 200, 20, "collector answers")

    second = runs.start("collector")

    assert second.wait(20) == 2
    assert "set TRACKING_PORT to a free port" in runs.said("collector", 1)


def test_dagster_alone_serves_its_ui_and_ends_whole(runs: Runs) -> None:
    dagster = runs.start("dagster")
    wait_until(runs.stack.ui_answers, 60, "UI answers")
    before = [dagster, *dagster.children(recursive=True)]

    dagster.terminate()

    _, alive = psutil.wait_procs(before, timeout=STOP_LIMIT_S)
    assert alive == []
