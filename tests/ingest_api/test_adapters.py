"""The adapters' own tests, in node: real emitters, the widget's declarations, their size."""

import os
import re
import subprocess

import pytest

from tests.docs.pages import ROOT

TRACKER = ROOT / "ingest_api" / "tracker"
TESTS = sorted(path.name for path in (TRACKER / "test" / "adapters").glob("*.test.js"))


@pytest.mark.slow
@pytest.mark.parametrize("name", TESTS)
def test_adapters_in_node(name: str) -> None:
    assert (TRACKER / "node_modules").is_dir(), "run make setup: it installs the tracker's development packages"

    environment = {key: value for key, value in os.environ.items() if key != "UPDATE_GOLDEN"}
    command = ["node", "--test", "--test-reporter=tap", f"test/adapters/{name}"]
    done = subprocess.run(command, cwd=TRACKER, env=environment, capture_output=True, text=True, timeout=300)

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert int(re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)[1]) > 0  # type: ignore[index]
    assert re.search(r"^# (?:skipped|todo) [1-9]", done.stdout, re.MULTILINE) is None
