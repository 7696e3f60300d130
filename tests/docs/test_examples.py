"""The README's examples for a site, run as they stand against a real collector (its address apart)."""

import shutil
import subprocess
import sys

import pytest

from ingest_api.schema import Event
from ingest_api.waiting import spooled
from tests.docs.pages import README, ROOT, fences
from tests.support import RunningCollector

ADDRESS = "http://127.0.0.1:8000"
NODE_CLIENT = ROOT / "tests" / "clients" / "node"


def example(language: str, mark: str) -> str:
    """Return the README's one block of this language with this word in it."""
    (found,) = [block for block in fences(README, language) if mark in block]
    return found


def stored(collector: RunningCollector) -> list[tuple[str | None, str | None, str | None]]:
    """What lies in the spool: nobody publishes here."""
    rows = [record.row for record in spooled(collector.data_dir / "spool")]
    return [(row.event_name, row.user_id, row.properties) for row in rows if isinstance(row, Event)]


def test_python_example_stores_its_event(collector: RunningCollector) -> None:
    script = example("python", "segment.analytics").replace(ADDRESS, collector.url)

    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)

    assert stored(collector) == [("Swap Started", "u1", '{"from_chain_id": 1, "amount": "1234567890123456789"}')]


def test_curl_example_stores_its_event(collector: RunningCollector) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    script = example("sh", "/events").replace(ADDRESS, collector.url)

    subprocess.run(["sh", "-ec", script], check=True, timeout=60)

    assert [name for name, _, _ in stored(collector)] == ["action_switch_tab"]


@pytest.mark.slow
def test_node_example_stores_its_event(collector: RunningCollector) -> None:
    script = example("js", "analytics-node").replace(ADDRESS, collector.url)

    subprocess.run(["node", "--input-type=module", "-e", script], cwd=NODE_CLIENT, check=True, timeout=60)

    assert stored(collector) == [("Swap Started", "u1", '{"fromChainId":1,"amount":"1234567890123456789"}')]
