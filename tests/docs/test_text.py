"""Rules for every tracked text file, and for how pages are wrapped."""

import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import NAMES, PAGES, ROOT, prose

# Where packages come from is each machine's own matter. In pieces, so that this file does not name them either.
REGISTRY_HOSTS = [
    "pypi" + ".org",
    "files." + "pythonhosted" + ".org",
    "registry." + "npmjs" + ".org",
    "registry." + "yarnpkg" + ".com",
    "--index" + "-url",
    "--extra-index" + "-url",
]
MAX_LINE_CHARS = 120


def text_files() -> list[Path]:
    """List the tracked files that are text."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git repository: which files are tracked is not known")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    paths = [ROOT / name for name in listed.decode().split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()]


def test_no_file_names_a_package_registry() -> None:
    found = {
        (str(path.relative_to(ROOT)), host)
        for path in text_files()
        for host in REGISTRY_HOSTS
        if host in path.read_text(encoding="utf-8", errors="replace")
    }

    assert found == set()


def test_every_file_ends_with_a_newline() -> None:
    bad = [str(path.relative_to(ROOT)) for path in text_files() if (data := path.read_bytes()) and data[-1:] != b"\n"]

    assert bad == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_prose_is_wrapped(page: Path) -> None:
    long = [line for line in prose(page).splitlines() if len(line) > MAX_LINE_CHARS and not line.startswith("|")]

    assert long == []
