"""A real small file system: filled up, then read-only. 503 and not ready, well again by itself, nothing lost.

It is a tmpfs in a user and mount namespace of its own, which needs no root. Where the kernel forbids such namespaces
this is skipped; the same faults on a simulated disk are always tested (``tests/ingest_api/test_faults.py``).
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IN_NAMESPACE = ("unshare", "--map-root-user", "--mount", "sh", "-ec")
MOUNT = 'mount -t tmpfs -o size=6m,mode=0700 tmpfs "$1/data"'


def namespaces_work(folder: Path) -> bool:
    """Tell whether this user may mount a tmpfs in a namespace of its own."""
    (folder / "data").mkdir()
    try:
        done = subprocess.run([*IN_NAMESPACE, MOUNT, "-", str(folder)], check=False, capture_output=True, timeout=60)
    except FileNotFoundError:
        return False
    return done.returncode == 0


@pytest.mark.slow
def test_a_full_and_a_read_only_file_system_are_survived(tmp_path: Path) -> None:
    if not namespaces_work(tmp_path):
        pytest.skip("this kernel forbids unprivileged mounts")
    command = f'{MOUNT}; exec "{sys.executable}" -m tests.crash.small_disk_driver "$1"'

    done = subprocess.run(
        [*IN_NAMESPACE, command, "-", str(tmp_path)], cwd=ROOT, check=True, capture_output=True, timeout=120
    )

    told = json.loads(done.stdout)
    well = {"post": [200, None, None], "ready": [200, None, None], "live": 200}
    assert told["at first"] == told["emptied"] == told["writable"] == well
    full = [503, "storage_full", "the disk is full (No space left on device)"]
    assert told["full"] == {"post": [503, "storage_full", "30"], "ready": full, "live": 200}
    read_only = [503, "storage_failed", "the disk refuses writes: Read-only file system"]
    assert told["read-only"]["post"] == [503, "storage_failed", "5"]
    assert told["read-only"]["ready"][:2] == read_only[:2]
    assert told["read-only"]["live"] == 200
    assert told["same worker"]
    assert told["publisher on a full disk"] in ("", "OSError")
    assert (told["lost"], told["doubled"]) == ([], 0)
    assert told["acknowledged"] >= 3
