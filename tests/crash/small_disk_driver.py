"""A collector on a file system of 6 MB that is filled up, emptied, made read-only and writable again.

Run by ``test_small_disk`` in a mount namespace of its own: ``python -m … FOLDER``, where ``FOLDER/data`` is that file
system. Prints one JSON object: what was seen at each stage.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from ingest_api.landing import Landing
from ingest_api.publisher import Publisher
from tests.support import RunningCollector, running_collector, stored_rows, wait_until

EVENT_BYTES = 20_000


class Drill:
    """Posts numbered events and remembers which ones were acknowledged."""

    def __init__(self, collector: RunningCollector) -> None:
        self.collector = collector
        self.acknowledged: list[str] = []
        self.sent = 0

    def post(self) -> httpx.Response:
        """Post one event of some size."""
        self.sent += 1
        body = json.dumps({"userId": "u", "messageId": str(self.sent), "properties": {"x": "y" * EVENT_BYTES}})
        answer = httpx.post(f"{self.collector.url}/v1/page", content=body, headers={"X-Write-Key": "demo"})
        if answer.status_code == 200:
            self.acknowledged.append(str(self.sent))
        return answer

    def seen(self) -> dict[str, Any]:
        """What a client and a load balancer see now."""
        posted = self.post()
        ready, live = (httpx.get(f"{self.collector.url}/health/{name}") for name in ("ready", "live"))
        return {
            "post": [posted.status_code, posted.json().get("code"), posted.headers.get("Retry-After")],
            "ready": [ready.status_code, ready.json().get("code"), ready.json().get("message")],
            "live": live.status_code,
        }


def publish(data_dir: Path) -> str:
    """Publish once; the name of what went wrong, or nothing."""
    try:
        publisher = Publisher(data_dir / "spool", Landing(data_dir))
        publisher.prepare()
        publisher.publish_once()
    except OSError as error:
        return type(error).__name__
    return ""


def fill(path: Path) -> None:
    """Write until the file system is full."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return


def remount(folder: Path, how: str) -> None:
    """Change the mount; a segment that is still open for writing keeps it busy for a moment."""
    command = ["mount", "-o", f"remount,{how}", str(folder)]
    wait_until(lambda: subprocess.run(command, check=False, capture_output=True).returncode == 0)


def main(folder: Path) -> dict[str, Any]:
    """Run the drill."""
    data_dir, told = folder / "data", {}
    with running_collector(folder, TRACKING_SEAL_AFTER_S=0.05) as collector:
        drill = Drill(collector)
        (worker,) = collector.workers()
        told["at first"] = drill.seen()
        fill(data_dir / "filler")
        wait_until(lambda: drill.post().status_code == 503)
        told["full"] = drill.seen()
        told["publisher on a full disk"] = publish(data_dir)
        (data_dir / "filler").unlink()
        wait_until(collector.is_ready)
        told["emptied"] = drill.seen()
        remount(data_dir, "ro")
        told["read-only"] = drill.seen()
        remount(data_dir, "rw")
        wait_until(collector.is_ready)
        told["writable"] = drill.seen()
        told["same worker"] = [worker.pid] == [w.pid for w in collector.workers()]
    while any((data_dir / "spool").glob("*.seg")):
        told["publisher in the end"] = publish(data_dir)
    stored = sorted(str(row["message_id"]) for row in stored_rows(data_dir))
    told["lost"] = sorted(set(drill.acknowledged) - set(stored))
    told["doubled"] = len(stored) - len(set(stored))
    told["acknowledged"] = len(drill.acknowledged)
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
