"""The short form of ``make delivery-kill-report``."""

from pathlib import Path

import pytest

from tests.crash.delivery_kills import MOST_CONNECTIONS, run

KILLS = 6


@pytest.mark.slow
@pytest.mark.drill
def test_after_kills_at_random_steps_the_ledger_says_what_arrived(tmp_path: Path) -> None:
    tally = run(tmp_path, KILLS, seed=5)

    assert tally.faults == []
    assert sum(tally.kills.values()) == KILLS
    assert sum(tally.states.values()) == tally.events
    assert set(tally.states) <= {"sent", "uncertain", "dead"}
    assert 1 <= tally.most_unknown_by_a_kill <= MOST_CONNECTIONS
