"""The tracker's package: its own tests, its types, and that what is served is what its source builds."""

import json
import subprocess
from pathlib import Path

import pytest

TRACKER = Path(__file__).parents[2] / "ingest_api" / "tracker"


def run(*command: str | Path, cwd: Path = TRACKER) -> subprocess.CompletedProcess[str]:
    """Run a command, and show what it said where it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_its_own_tests_pass() -> None:
    said = run("node", "--test", *sorted((TRACKER / "test").glob("*.test.js"))).stdout

    assert "# fail 0" in said or "fail 0" in said


@pytest.mark.slow
def test_served_script_is_what_the_source_builds(tmp_path: Path) -> None:
    run("node", "build.mjs", tmp_path)

    built = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert built == {path.name: path.read_text() for path in (TRACKER / "dist").iterdir()}


def test_no_lock_file_names_a_registry() -> None:
    packages = json.loads((TRACKER / "package-lock.json").read_text())["packages"]

    assert len(packages) > 5
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_stub_in_the_docs_is_the_built_one() -> None:
    page = (TRACKER.parents[1] / "docs" / "tracker.md").read_text()

    assert f"<script>{(TRACKER / 'dist' / 'snippet.js').read_text().strip()}</script>" in page


@pytest.mark.slow
def test_source_and_types_agree() -> None:
    run("node", TRACKER / "node_modules" / "typescript" / "bin" / "tsc", "-p", ".")
