"""``tracking doctor``: each fault is found, with its cure; a sound machine has none."""

import shutil
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest_api.settings import load_settings
from tests.tracking_pipeline.operations.settings import make_settings
from tracking_pipeline.cli import make_app
from tracking_pipeline.operations import diagnosis
from tracking_pipeline.operations.checks import check_data_dir, only_one
from tracking_pipeline.operations.diagnosis import Verdict


def test_doctor_exits_0_on_a_sound_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make_settings(tmp_path / "data")
    monkeypatch.setenv("TRACKING_DATA_DIR", str(settings.data_dir))
    for port, value in (("", settings.port), ("DAGSTER_", settings.dagster_port), ("STANDIN_", settings.standin_port)):
        monkeypatch.setenv(f"TRACKING_{port}PORT", str(value))

    result = CliRunner().invoke(make_app(["doctor"]), ["doctor"])

    assert result.exit_code == 0, result.output
    assert "Nothing needs a person." in result.output
    assert not settings.data_dir.exists()


def test_doctor_exits_1_and_names_a_bad_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKING_WORKERS", "many-4711")

    result = CliRunner().invoke(make_app(["doctor"]), ["doctor"])

    assert result.exit_code == 1
    assert "TRACKING_WORKERS" in result.output
    assert "4711" not in result.output


def test_doctor_lists_the_sources_and_none_of_their_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sources.toml"
    file.write_text('[sources.web]\nkeys = ["key-4711", "key-4712"]\nallowed_origins = ["https://a.example"]\n')
    monkeypatch.setenv("TRACKING_SOURCES_FILE", str(file))
    monkeypatch.setenv("TRACKING_WRITE_KEYS", "app:key-4713")

    finding = diagnosis.sources(load_settings())

    assert (finding.check, finding.verdict) == ("sources", Verdict.OK)
    assert finding.found == f"web (keys: 2, origins: 1), app (keys: 1, origins: any); from {file}"


def test_doctor_names_a_mistake_in_the_sources_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sources.toml"
    file.write_text('[sources.web]\nkey = ["key-4711"]\n')
    monkeypatch.setenv("TRACKING_SOURCES_FILE", str(file))

    result = CliRunner().invoke(make_app(["doctor"]), ["doctor"], env={"COLUMNS": "300"})

    assert result.exit_code == 1
    assert "[sources.web] key: is not known; did you mean `keys`?" in result.output
    assert "4711" not in result.output


def test_busy_port_is_named_with_its_variable(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.dagster_port))
        other.listen()
        finding = diagnosis.ports(settings, running=False)

    assert finding.verdict is Verdict.BAD
    assert str(settings.dagster_port) in finding.found
    assert "TRACKING_DAGSTER_PORT" in finding.cure


def test_ports_of_our_own_parts_are_no_fault(tmp_path: Path) -> None:
    assert diagnosis.ports(make_settings(tmp_path), running=True).verdict is Verdict.OK


def test_readable_folder_is_named(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    check_data_dir(settings)
    (tmp_path / "spool").mkdir(mode=0o700)
    before = diagnosis.private_folders(settings)
    (tmp_path / "spool").chmod(0o750)

    after = diagnosis.private_folders(settings)

    assert (before.verdict, after.verdict) == (Verdict.OK, Verdict.BAD)
    assert after.cure == f"chmod -R go-rwx {tmp_path / 'spool'}"


@pytest.mark.parametrize(("share", "verdict"), [(2.0, Verdict.BAD), (0.5, Verdict.WARNING), (0.1, Verdict.OK)], ids=str)
def test_disk_is_compared_with_the_reserve(tmp_path: Path, share: float, verdict: Verdict) -> None:
    free_mb = shutil.disk_usage(tmp_path).free // 1_000_000

    finding = diagnosis.disk_space(make_settings(tmp_path / "not" / "made", reserve_mb=int(free_mb * share)))

    assert finding.verdict is verdict


@pytest.mark.parametrize(
    ("host", "verdict"),
    [("127.0.0.1", Verdict.OK), ("localhost", Verdict.OK), ("::1", Verdict.OK), ("0.0.0.0", Verdict.WARNING)],
)
def test_listening_to_other_machines_is_a_warning(tmp_path: Path, host: str, verdict: Verdict) -> None:
    assert diagnosis.exposure(make_settings(tmp_path, host=host)).verdict is verdict


def test_other_package_version_is_named(tmp_path: Path) -> None:
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("# pins\nflask==0.0.1\nnever-installed==1.0\n")

    finding = diagnosis.packages(constraints)

    assert finding.verdict is Verdict.WARNING
    assert "flask" in finding.found
    assert "never-installed" not in finding.found


def test_running_supervisor_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKING_DATA_DIR", str(tmp_path))
    settings = make_settings(tmp_path)
    check_data_dir(settings)

    with only_one(settings):
        found = {finding.check: finding for finding in diagnosis.examine()}

    assert found["tracking up"].found == "running"


def test_file_in_place_of_the_data_folder_is_bad(tmp_path: Path) -> None:
    taken = tmp_path / "data"
    taken.write_text("")

    assert diagnosis.data_dir(make_settings(taken)).verdict is Verdict.BAD
