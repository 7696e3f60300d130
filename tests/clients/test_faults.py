"""Unmodified SDKs, only the URL changed: on each fault they do what docs/http-api.md says; messages are stored once."""

import json
from importlib.metadata import distribution, distributions
from pathlib import Path

import pytest
import rudderstack.analytics.client as rudderstack
from playwright.sync_api import Browser

from ingest_api.waiting import spooled
from tests.clients.drive import CALLS, LEGACY_PYTHON, PYTHON, SDKS, Outcome, drive
from tests.clients.faults import FAULTS, RETRY_AFTER_S
from tests.clients.pages import MODULES, STARTS
from tests.docs.pages import DOCS, table
from tests.support import RunningCollector

pytestmark = pytest.mark.slow

# What the table's words mean at the door: the answers that each message got, try by try; 0 is a dropped connection.
MEANING = {
    ("500", "sends again"): (500, 200),
    ("500", "loses it"): (500,),
    ("429", "waits, sends again"): (429, 200),
    ("429", "sends again"): (429, 200),
    ("429", "loses it"): (429,),
    ("dropped", "sends again"): (0, 200),
    ("dropped", "lets go"): (0,),
    ("413", "gives up"): (413,),
    ("401", "gives up"): (401,),
    ("revoked", "gives up"): (401,),
}
COLUMNS = ("SDK", "version", "500", "429, `Retry-After`", "connection dropped after the body", "413", "401")
TABLE = {row[0].strip("`"): row[1:] for row in table(DOCS / "http-api.md", *COLUMNS)}
CASES = [(sdk, fault) for sdk in SDKS for fault in FAULTS]
Outcomes = dict[tuple[str, str], Outcome]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Outcomes:
    """Drive everything once."""
    return drive(tmp_path_factory.mktemp("drive"), chromium)


def expected(sdk: str, fault: str) -> tuple[int, ...]:
    """Return what the table says that each message is answered."""
    if fault == "none":
        return (200,)
    if fault == "401" and sdk in STARTS:
        return ()  # the SDK asks for its settings first, hears 404 and sends nothing
    _, on_500, on_429, on_drop, on_413, on_401 = TABLE[sdk]
    words = {"500": on_500, "429": on_429, "dropped": on_drop, "413": on_413, "401": on_401, "revoked": on_401}
    return MEANING[fault, words[fault]]


@pytest.mark.parametrize(("sdk", "fault"), CASES)
def test_each_message_is_tried_as_documented(outcomes: Outcomes, sdk: str, fault: str) -> None:
    tries = outcomes[sdk, fault].tries

    answered = expected(sdk, fault)
    assert tries.counts() == ({answered: CALLS} if answered else {})
    if (fault, TABLE[sdk][2]) == ("429", "waits, sends again"):
        assert min(tries.waits_s()) > RETRY_AFTER_S * 0.95


@pytest.mark.parametrize(("sdk", "fault"), CASES)
def test_each_message_is_stored_once(outcomes: Outcomes, sdk: str, fault: str) -> None:
    outcome = outcomes[sdk, fault]

    times = sum(status in (0, 200) for status in expected(sdk, fault))
    assert outcome.stored == (CALLS if times else 0)
    assert outcome.copies == (CALLS * (times - 1) if times else 0)


@pytest.mark.parametrize("sdk", SDKS)
def test_the_documented_version_is_driven(sdk: str) -> None:
    if sdk == "analytics-python":
        (found,) = distributions(name=sdk, path=[str(LEGACY_PYTHON)])
        version = found.version
    elif sdk in PYTHON:
        version = distribution(sdk).version
    else:
        version = json.loads(Path(MODULES, sdk.partition(",")[0], "package.json").read_text())["version"]

    assert TABLE[sdk][0] == version


def test_the_table_has_every_sdk() -> None:
    assert list(TABLE) == list(SDKS)


def test_rudderstacks_python_sdk_needs_a_smaller_upload_size_for_large_events(
    collector: RunningCollector,
) -> None:
    refused: list[str] = []

    for upload_size in (100, 50):
        client = rudderstack.Client(
            "demo",
            host=collector.url,
            upload_size=upload_size,
            upload_interval=2,  # time to fill a batch
            on_error=lambda error, items, size=upload_size: refused.append(f"{size}: {error.code}, {len(items)}"),
        )
        for number in range(100):
            client.track("u", "Big", {"number": number, "text": "x" * 6000})
        client.flush()
        client.join()

    rows = [record.row for record in spooled(collector.data_dir / "spool")]
    assert refused == ["100: too_large, 100"]
    assert len({row.message_id for row in rows}) == len(rows) == 100
