"""The short form of ``make kill-report``: kill -9 over every victim under load loses nothing and doubles nothing."""

from pathlib import Path

import pytest

from tests.crash.kill_report import run
from tests.crash.rig import VICTIMS

KILLS = 24


@pytest.mark.slow
def test_kill_9_at_random_moments_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    report = run(tmp_path, KILLS, rigs=2, seed=1)

    total = report.total()
    assert (total.lost, total.doubled) == (0, 0)
    assert total.found == total.acknowledged > 10 * KILLS
    assert total.kills == KILLS
    assert all(report.lines[victim].kills for victim in VICTIMS)
    assert report.unanswered > 0
