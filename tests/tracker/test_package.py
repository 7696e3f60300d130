"""The tracker's package: its own tests, its types, and that what is served is what its source builds."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

TRACKER = Path(__file__).parents[2] / "ingest_api" / "tracker"


def run(
    *command: str | Path, cwd: Path = TRACKER, timeout_s: float = 120, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command, and show what it said where it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout_s, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def npm() -> tuple[Path, Path]:
    """Return the node of set-up and its npm."""
    node = Path(shutil.which("node") or "node").resolve()
    return node, node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def npm_pack(folder: Path) -> dict[str, Any]:
    """Pack the package into a folder; return what npm says of it: `filename`, `files`."""
    [packed] = json.loads(run(*npm(), "pack", "--json", "--pack-destination", folder).stdout)
    found: dict[str, Any] = packed
    return found


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


@pytest.mark.slow
def test_packed_package_installs_without_a_network_and_works(tmp_path: Path) -> None:
    packed = npm_pack(tmp_path)
    files = {entry["path"] for entry in packed["files"]}
    (tmp_path / "package.json").write_text('{"private": true, "type": "module"}')

    run(*npm(), "install", "--offline", "--no-audit", "--no-fund", f"./{packed['filename']}", cwd=tmp_path)
    (tmp_path / "node_modules" / "react").symlink_to(TRACKER / "node_modules" / "react")
    script = (
        "const core = await import('server-side-tracking'); const react = await import('server-side-tracking/react');"
        "core.createTracker({writeKey: 'k'}).track('x');"
        "console.log(Object.keys(core).sort().join(), Object.keys(react).sort().join())"
    )
    said = run("node", "--input-type=module", "-e", script, cwd=tmp_path).stdout

    assert said.split() == ["createTracker", "TrackerProvider,useEventCollector,useTracker"]
    assert {"types/index.d.ts", "types/react.d.ts", "dist/m.js", "package.json"} <= files
    assert not [path for path in files if path.startswith(("test/", "node_modules/"))]
