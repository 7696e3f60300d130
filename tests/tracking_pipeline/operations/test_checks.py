"""Each refusal names what is in the way and what to do."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tracking_pipeline.operations.settings import make_settings
from tracking_pipeline.operations import checks
from tracking_pipeline.operations.checks import Refused

NOBODY = 65534


@pytest.fixture
def without_root(tmp_path: Path) -> Iterator[None]:
    """Be an ordinary user for a while: root may write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("variable", ["TRACKING_PORT", "TRACKING_DAGSTER_PORT", "TRACKING_STANDIN_PORT"])
@pytest.mark.parametrize("shared", [False, True], ids=["plain", "with SO_REUSEPORT"])
def test_busy_port_is_refused_with_port_variable_and_cure(tmp_path: Path, variable: str, *, shared: bool) -> None:
    settings = make_settings(tmp_path)
    ports = checks.ports_of(settings)
    wanted = next(port for port in ports if port.variable == variable)

    with socket.socket() as other:
        if shared:  # as Granian listens: a second Granian would bind beside it in silence
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", wanted.number))
        other.listen()
        with pytest.raises(Refused) as refusal:
            checks.check_ports(settings, ports)

    assert str(refusal.value) == (
        f"Port {wanted.number}, wanted by {wanted.part}, is taken by another program."
        f" Stop that program, or set {variable} to a free port."
    )


def test_free_ports_are_accepted(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)

    checks.check_ports(settings, checks.ports_of(settings))


def test_port_given_to_two_parts_is_refused(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    settings = make_settings(tmp_path, dagster_port=settings.port, port=settings.port)

    with pytest.raises(Refused, match=f"TRACKING_PORT: port {settings.port} is given to two parts"):
        checks.check_ports(settings, checks.ports_of(settings))


def test_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, host="192.0.2.1")

    with pytest.raises(Refused, match=r"TRACKING_HOST: cannot listen on 192\.0\.2\.1"):
        checks.check_ports(settings, checks.ports_of(settings))


def test_ports_of_a_killed_supervisor_are_waited_for(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    checks.check_data_dir(settings)
    checks.pid_file(settings).write_text("1\n")
    other = socket.socket()
    other.bind(("127.0.0.1", settings.port))
    other.listen()

    class Closing:
        """Closes the port when the first wait is over."""

        def sleep(self, seconds: float) -> None:
            other.close()

        monotonic = staticmethod(time.monotonic)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "time", Closing())
        checks.check_ports(settings, checks.ports_of(settings))

    assert other.fileno() == -1


def test_stand_in_needs_no_port_when_ga4_has_secrets(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, ga4_measurement_id="G-1", ga4_api_secret="s")

    variables = [port.variable for port in checks.ports_of(settings)]

    assert variables == ["TRACKING_PORT", "TRACKING_DAGSTER_PORT"]


def test_data_dir_is_made_private(tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "new" / "data")

    checks.check_data_dir(settings)

    made = [settings.data_dir, settings.logs_dir, settings.run_dir, settings.dagster_home]
    assert [path.stat().st_mode & 0o077 for path in made] == [0, 0, 0, 0]


def test_file_in_place_of_data_dir_is_refused(tmp_path: Path) -> None:
    taken = tmp_path / "data"
    taken.write_text("")

    with pytest.raises(Refused, match=f"^TRACKING_DATA_DIR: cannot write to {taken} .*or set TRACKING_DATA_DIR"):
        checks.check_data_dir(make_settings(taken))


@pytest.mark.parametrize("name", ["it's", "a;b", "a #b", "100%", "line\nbreak"])
def test_path_that_configuration_cannot_carry_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refused, match=r"^TRACKING_DATA_DIR: the path must not hold"):
        checks.check_data_dir(make_settings(tmp_path / name))


@pytest.mark.usefixtures("without_root")
def test_unwritable_data_dir_is_refused(tmp_path: Path) -> None:
    settings = make_settings(Path("/proc/self/data"))

    with pytest.raises(Refused, match=r"^TRACKING_DATA_DIR: cannot write to /proc/self/data"):
        checks.check_data_dir(settings)


def test_second_supervisor_of_a_data_dir_is_refused(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)

    with checks.only_one(settings):
        assert checks.is_running(settings)
        with pytest.raises(Refused) as refusal, checks.only_one(settings):
            pass

    assert str(refusal.value) == (
        f"Another `tracking up` (process {os.getpid()}) works on {tmp_path}."
        " Stop that one first (Ctrl-C in its terminal), or set TRACKING_DATA_DIR to another folder."
    )
    assert not checks.is_running(settings)
