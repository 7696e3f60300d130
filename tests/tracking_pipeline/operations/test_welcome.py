"""What ``tracking up`` prints can be copied, and tells no secret."""

import shlex
from pathlib import Path

import msgspec
import pytest

from tests.tracking_pipeline.operations.settings import make_settings
from tracking_pipeline.operations.welcome import events_are_accepted


def test_demo_key_is_in_the_example(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)

    text = events_are_accepted(settings, 1.25)

    curl = next(line for line in text.splitlines() if line.strip().startswith("curl"))
    words = shlex.split(curl)
    assert words[:4] == ["curl", "-u", "demo:", f"{settings.collector_url}/v1/track"]
    assert msgspec.json.decode(words[-1])["messageId"] == "hello-1"


@pytest.mark.parametrize("secret", ["wk-4711", "other-4712", "ga4-4713"])
def test_no_write_key_or_secret_is_printed(tmp_path: Path, secret: str) -> None:
    settings = make_settings(
        tmp_path, write_keys="shop:wk-4711,other-4712", ga4_measurement_id="G-1", ga4_api_secret="ga4-4713"
    )

    text = events_are_accepted(settings, 1.0)

    assert secret not in text
    assert "YOUR_WRITE_KEY" in text


def test_parts_and_folders_are_named(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)

    text = events_are_accepted(settings, 1.0)

    for place in (settings.collector_url, settings.dagster_url, settings.standin_url, str(settings.logs_dir)):
        assert place in text
    assert f"TRACKING_DATA_DIR={tmp_path} " in text
