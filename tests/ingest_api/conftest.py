"""A collector in this process, and what it stored, read back from part files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from ingest_api.app import create_app
from ingest_api.collector import Collector
from ingest_api.landing import Landing
from ingest_api.publisher import Publisher
from ingest_api.settings import Settings
from tests.support import settings_in, stored_rows

Row = dict[str, Any]


@dataclass
class Tracker:
    """The Flask app of a collector with its test client; ``stored`` publishes and reads what came in."""

    settings: Settings
    collector: Collector
    client: FlaskClient

    def post(self, path: str, body: bytes | str, **headers: str) -> Any:
        """Post a body with the demo key; header names take ``_`` for ``-``."""
        named = {"X-Write-Key": "demo", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.post(path, data=body, headers=named)

    def stored(self) -> tuple[list[Row], list[Row]]:
        """Return all accepted and all rejected rows so far."""
        self.collector.spool.close()
        publisher = Publisher(self.settings.spool_dir, Landing(self.settings.landing_dir))
        publisher.prepare()
        while publisher.publish_once():
            pass
        landing = self.settings.landing_dir
        return stored_rows(landing, "events"), stored_rows(landing, "rejected")


def make_tracker(data_dir: Path, **settings: object) -> Tracker:
    """Make a collector with its own folder."""
    app = create_app(made := settings_in(data_dir, **settings))
    return Tracker(made, app.extensions["collector"], app.test_client())


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    """A collector with default settings."""
    made = make_tracker(tmp_path / "data")
    yield made
    made.collector.spool.close()
