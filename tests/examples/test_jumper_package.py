"""The demo's packages: exact versions, the tracker from this very tree, and no registry named."""

import json
import re
from pathlib import Path

DEMO = Path(__file__).parents[2] / "examples" / "jumper"


def test_every_package_is_one_version_and_the_tracker_is_this_one() -> None:
    package = json.loads((DEMO / "package.json").read_text())
    wanted = {**package["dependencies"], **package["devDependencies"]}

    assert wanted.pop("server-side-tracking") == "file:../../ingest_api/tracker"
    assert [name for name, version in wanted.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_the_lock_file_names_no_registry() -> None:
    packages = json.loads((DEMO / "package-lock.json").read_text())["packages"]
    resolved = {name: entry["resolved"] for name, entry in packages.items() if "resolved" in entry}

    assert len(packages) > 100
    assert resolved == {"node_modules/server-side-tracking": "../../ingest_api/tracker"}
