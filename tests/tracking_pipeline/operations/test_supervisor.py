"""The configuration as supervisord itself reads it."""

from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from ingest_api.settings import Settings
from tests.tracking_pipeline.operations.settings import make_settings
from tracking_pipeline.operations import parts, supervisor
from tracking_pipeline.operations.checks import check_data_dir


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = make_settings(tmp_path / "a folder, with spaces")
    check_data_dir(made)
    return made


def read(settings: Settings, chosen: list[parts.Part], *, home_is_ready: bool) -> ServerOptions:
    conf = supervisor.write_config(settings, chosen, home_is_ready=home_is_ready)
    options = ServerOptions()
    options.realize(["-c", str(conf)], doc="")
    return options


def test_all_parts_stand_in_one_group(settings: Settings) -> None:
    options = read(settings, parts.all_parts(settings), home_is_ready=True)

    (group,) = options.process_group_configs
    names = [program.name for program in group.process_configs]
    assert group.name == "tracking"
    assert names == ["collector", "publisher", "standin", "code", "daemon", "webserver"]


def test_every_part_comes_back_and_is_ended_with_its_children(settings: Settings) -> None:
    options = read(settings, parts.all_parts(settings), home_is_ready=True)

    (group,) = options.process_group_configs
    for program in group.process_configs:
        assert program.autostart
        assert program.stopasgroup
        assert program.killasgroup
        assert program.startretries > 100_000
        assert program.stdout_logfile == str(settings.logs_dir / f"{program.name}.log")
        assert program.stdout_logfile_maxbytes == 10 * 1024 * 1024
        assert program.stdout_logfile_backups == 3
        assert "--pdeathsig TERM" in program.command


def test_dagster_waits_for_its_home(settings: Settings) -> None:
    options = read(settings, parts.all_parts(settings), home_is_ready=False)

    (group,) = options.process_group_configs
    waiting = [program.name for program in group.process_configs if not program.autostart]
    assert waiting == ["code", "daemon", "webserver"]


def test_real_ga4_has_no_stand_in(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, ga4_measurement_id="G-1", ga4_api_secret="s")

    assert "standin" not in [part.name for part in parts.all_parts(settings)]


def test_command_lines_say_who_they_are(settings: Settings) -> None:
    command_of = {part.name: " ".join(part.command) for part in parts.all_parts(settings)}

    assert "granian" in command_of["collector"]
    assert "ingest_api.app:create_worker" in command_of["collector"]
    assert "publisher" in command_of["publisher"]


def test_no_setpriv_leaves_the_command_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert parts.ends_with_parent(("true",)) == ("true",)
