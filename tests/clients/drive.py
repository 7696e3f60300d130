"""Every SDK through every fault, at once; then what it did, and what stands in a real lake afterwards."""

import contextlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from ingest_api.landing import Landing
from ingest_api.publisher import Publisher
from tests.clients.faults import FAULTS, Door, Tries, doors
from tests.clients.pages import STARTS, pass_an_hour, shop, visit
from tests.support import running_collector, settings_in, wait_until
from tracking_pipeline.lake import attach
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours
from tracking_pipeline.lake.schema import make_lake

HERE = Path(__file__).parent
MORE_HOURS = 20
CALLS = 3
PYTHON = {
    "segment-analytics-python": "segment.analytics.client",
    "rudder-sdk-python": "rudderstack.analytics.client",
    "analytics-python": "analytics.client",
}
# Its pins contradict ours (backoff), so it has a folder of its own.
LEGACY_PYTHON = Path(sys.prefix) / "clients" / "analytics-python"
NODE = ("@segment/analytics-node", "analytics-node", "@rudderstack/rudder-sdk-node", "@jitsu/js")
LAST_ANSWER = {"none": 200, "500": 200, "429": 200, "dropped": 200, "413": 413, "revoked": 401}
SDKS = (*PYTHON, *NODE, *STARTS)


@dataclass(frozen=True)
class Outcome:
    """What one SDK did at one fault, and how many rows of it the lake holds in ``events`` and ``duplicates``."""

    tries: Tries
    stored: int
    copies: int


def drive(folder: Path, browser: Browser) -> dict[tuple[str, str], Outcome]:
    """Drive everything; takes about half a minute."""
    assert LEGACY_PYTHON.is_dir(), f"{LEGACY_PYTHON} is missing: `make setup` makes it"
    keys = {f"k{n}-{fault}": (sdk, fault) for n, sdk in enumerate(SDKS) for fault in FAULTS}
    known = ",".join(f"{key}:{key}" for key, (_, fault) in keys.items() if fault != "401")
    with (
        running_collector(folder, TRACKING_WRITE_KEYS=known) as collector,
        doors(collector.url, list(keys)) as opened,
        _servers(folder, keys, opened),
    ):
        _browse(browser, keys, opened)
    stored, copies = _in_the_lake(collector.data_dir)
    return {of: Outcome(opened[key].tries, stored[key], copies[key]) for key, of in keys.items()}


@contextlib.contextmanager
def _servers(folder: Path, keys: dict[str, tuple[str, str]], opened: dict[str, Door]) -> Iterator[None]:
    """Run the SDKs of servers, each in a process that ends when its SDK has ended."""
    running = []
    for sdk in (*PYTHON, *NODE):
        command = [sys.executable, "send.py", PYTHON[sdk]] if sdk in PYTHON else ["node", "calls.mjs", sdk]
        command += [f"{key}={opened[key].url}" for key, (of, _) in keys.items() if of == sdk]
        more = {"PYTHONPATH": str(LEGACY_PYTHON)} if sdk == "analytics-python" else {}
        cwd = HERE / ("python" if sdk in PYTHON else "node")
        with (folder / "sdks.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=cwd, env=os.environ | more, stdout=log, stderr=subprocess.STDOUT)
        running.append(process)
    try:
        yield
        assert [process.wait(timeout=60) for process in running] == [0] * len(running)
    finally:
        for process in running:
            process.kill()
            process.wait()


def _browse(browser: Browser, keys: dict[str, tuple[str, str]], opened: dict[str, Door]) -> None:
    """Visit a page for each SDK and fault, all open at once."""
    with shop() as shop_url:
        pages = {
            key: visit(browser, shop_url, sdk, key, opened[key].url) for key, (sdk, _) in keys.items() if sdk in STARTS
        }
        for key, page in pages.items():
            with contextlib.suppress(TimeoutError):  # the tests tell what is missing
                _finish(page, *keys[key], opened[key])
            page.context.close()


def _finish(page: Page, sdk: str, fault: str, door: Door) -> None:
    """Wait for a page's last answer; where that is no 200, let an hour pass in case the SDK tries again."""
    last = 0 if "useBeacon" in sdk else LAST_ANSWER.get(fault, 0)  # those send nothing by themselves
    wait_until(door.asked_for_settings.is_set)
    if last:
        wait_until(lambda: door.tries.ended(last) == CALLS)
    if last != 200:
        pass_an_hour(page)
    for _ in range(MORE_HOURS):  # a page that was slow to start has its hour after it
        if door.tries.counts():
            break
        pass_an_hour(page)


def _in_the_lake(data_dir: Path) -> tuple[Counter[str], Counter[str]]:
    """Publish and load what the collector stored; count by source in SQL."""
    settings = settings_in(data_dir)
    landing = Landing(settings.landing_dir)
    publisher = Publisher(settings.spool_dir, landing)
    publisher.prepare()
    while publisher.publish_once():
        pass
    make_lake(settings)
    with attach.opened(settings) as connection:
        load_hours(Store(connection, settings, landing), landing.hours())
        stored, copies = (
            dict(connection.execute(f"select source, count(*) from {table} group by 1").fetchall())
            for table in ("events", "duplicates")
        )
    return Counter(stored), Counter(copies)
