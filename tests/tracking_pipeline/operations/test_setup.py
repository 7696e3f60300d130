"""`make setup` on a Debian without python3-venv, and what is pinned."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
PYTHON_WITHOUT_ENSUREPIP = """#!/bin/sh
case "$*" in
*ensurepip*) exit 1 ;;
*venv*--clear*) echo made ; exit 0 ;;
esac
exec {python} "$@"
"""


def make_venv(folder: Path, *, user: int) -> subprocess.CompletedProcess[str]:
    """Run `.ci/venv` as if by this user, with an apt-get that only says what it was asked."""
    programs = {
        "python": PYTHON_WITHOUT_ENSUREPIP.format(python=sys.executable),
        "id": f"#!/bin/sh\necho {user}\n",
        "apt-get": '#!/bin/sh\necho "apt-get $*"\n',
    }
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    command = [ROOT / ".ci" / "venv", folder / "python"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_root_gets_the_missing_venv_package(tmp_path: Path) -> None:
    done = make_venv(tmp_path, user=0)

    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    assert done.stdout.splitlines() == [
        "apt-get update -q",
        f"apt-get install -q -y --no-install-recommends {package}",
        "made",
    ]


def test_others_are_told_what_to_install(tmp_path: Path) -> None:
    done = make_venv(tmp_path, user=1000)

    assert done.returncode == 1
    assert re.search(r"as root: apt-get install python3\.\d+-venv\), then run make again", done.stderr)
    assert done.stdout == ""


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = set(re.findall(r"^([a-z0-9-]+)==\S+$", (ROOT / "constraints.txt").read_text(), re.MULTILINE))

    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"], "setuptools"]
    names = {re.split(r"[=<>\[; ]", line)[0] for line in wanted}
    assert names - pinned == set()


def test_node_sdks_are_pinned_exactly() -> None:
    package = json.loads((ROOT / "tests/clients/node/package.json").read_text())

    assert [v for v in package["dependencies"].values() if not re.fullmatch(r"\d+\.\d+\.\d+", v)] == []


def test_node_lock_file_names_no_registry() -> None:
    lock = json.loads((ROOT / "tests/clients/node/package-lock.json").read_text())

    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
