"""``tracking wallet`` gives the id that the collector stored."""

import json
from pathlib import Path

import pytest
import typer

from tests.ingest_api.conftest import make_tracker
from tests.ingest_api.test_addresses import MIXED
from tracking_pipeline.cli.wallet import wallet


def test_the_id_is_the_stored_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRACKING_DATA_DIR", str(tmp_path / "data"))
    tracker = make_tracker(tmp_path / "data")
    tracker.post("/v1/t", json.dumps({"event": "x", "userId": "u", "properties": {"walletAddress": MIXED.lower()}}))

    wallet(MIXED)

    ((event,), _) = tracker.stored()
    assert capsys.readouterr().out.splitlines() == event["wallets"]


def test_what_is_no_address_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        wallet("0x1234")

    assert ended.value.exit_code == 1
    assert "no valid address" in capsys.readouterr().err
