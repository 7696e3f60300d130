"""``tracking up`` with real processes: it starts whole, brings back what is killed, and leaves nothing behind."""

import os
import pty
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support import wait_until
from tests.tracking_pipeline.operations.stack import STOP_LIMIT_S, TRACKING, Stack, run
from tracking_pipeline.operations.checks import port_error, ports_of

pytestmark = pytest.mark.slow

SIGNALS = [
    pytest.param(signal.SIGTERM, id="SIGTERM"),
    *(pytest.param(number, marks=pytest.mark.drill, id=number.name) for number in (signal.SIGINT, signal.SIGHUP)),
]
BACK_LIMIT_S = 60.0  # promised are seconds; a loaded machine gets more


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Yield one complete stack for all tests that leave it complete; a file of its folder has a library's name."""
    folder = tmp_path_factory.mktemp("up")
    (folder / "gql.py").write_text("raise RuntimeError('the current folder is no place to import from')")
    stack = Stack(folder / "data")
    try:
        stack.start()
        yield stack
    finally:
        stack.end()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Yield a stack that the test itself starts and stops."""
    made = Stack(tmp_path / "data")
    yield made
    made.end()


def ports_are_free(stack: Stack) -> bool:
    return all(port_error(stack.settings.host, port.number) is None for port in ports_of(stack.settings))


def assert_nothing_left(stack: Stack, before: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(before, timeout=STOP_LIMIT_S)
    assert [process.cmdline() for process in alive] == []
    assert ports_are_free(stack)


def test_start_says_where_everything_is_and_event_reaches_sql(running: Stack) -> None:
    printed = running.output.read_text()

    assert running.post("Hello") == 200
    wait_until(lambda: "Hello" in run(running, "sql", "--csv", "select event_name from events").stdout, 30, "in SQL")
    assert running.settings.collector_url in printed
    assert "Traceback" not in printed
    assert (running.settings.dagster_home / "start_date").exists()


def test_second_up_on_the_same_folder_is_refused(running: Stack) -> None:
    assert running.process is not None

    second = run(running, "up")

    assert second.returncode == 2
    assert second.stderr.startswith(f"Another `tracking up` (process {running.process.pid}) works on ")
    assert running.post("after-second-up") == 200


def test_up_on_another_folder_is_refused_for_the_busy_port(running: Stack, tmp_path: Path) -> None:
    other = Stack(tmp_path / "other")
    other.settings = running.settings.model_copy(update={"data_dir": tmp_path / "other"})

    refused = run(other, "up")

    assert refused.returncode == 2
    assert refused.stderr == (
        f"Port {running.settings.port}, wanted by the collector, is taken by another program."
        " Stop that program, or set TRACKING_PORT to a free port.\n"
    )


@pytest.mark.parametrize("part", ["collector", "publisher", "standin", "code", "daemon", "webserver"])
def test_killed_part_comes_back(running: Stack, part: str) -> None:
    old = running.parts(part)

    old[0].kill()

    def is_back() -> bool:
        return any(process not in old for process in running.parts(part))

    wait_until(is_back, BACK_LIMIT_S, f"{part} back")
    wait_until(lambda: running.post(f"after-{part}") == 200, BACK_LIMIT_S, "collector answers")
    wait_until(running.ui_answers, 2 * BACK_LIMIT_S, "UI answers")
    if part in ("collector", "standin"):  # no worker of the killed server goes on answering
        psutil.wait_procs(old, timeout=BACK_LIMIT_S)
        assert [process for process in old if process.is_running()] == []


def test_killed_worker_comes_back_without_its_server_ending(running: Stack) -> None:
    server, worker = running.parts("collector")

    worker.kill()

    wait_until(lambda: worker not in running.parts("collector") and len(running.parts("collector")) == 2, 15, "back")
    wait_until(lambda: running.post("after-worker") == 200, BACK_LIMIT_S, "collector answers")
    assert server.is_running()


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_ends_everything(stack: Stack, number: signal.Signals) -> None:
    stack.start()
    assert stack.process is not None
    before = stack.everything()

    stack.process.send_signal(number)

    assert stack.process.wait(STOP_LIMIT_S) == 0
    assert_nothing_left(stack, before)
    assert not (stack.settings.run_dir / "supervisord.pid").exists()


@pytest.mark.parametrize("how", ["Ctrl-C", pytest.param("closed", marks=pytest.mark.drill)])
def test_terminal_ends_everything(stack: Stack, how: str) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(TRACKING, ["tracking", "up"], stack.environment)
    stack.process = psutil.Process(pid)
    shown = b""
    while b"Complete after" not in shown:
        shown += os.read(terminal, 4096)
    before = stack.everything()

    if how == "Ctrl-C":
        os.write(terminal, b"\x03")
    else:
        os.close(terminal)

    assert_nothing_left(stack, before)
    if how == "Ctrl-C":
        os.close(terminal)


def test_kill_of_the_supervisor_ends_every_part_and_the_next_start_keeps_all_data(stack: Stack) -> None:
    stack.start()
    assert stack.process is not None
    assert stack.post("before-the-kill") == 200
    before = stack.everything()

    stack.process.kill()
    stack.start(until="Events are accepted")

    assert stack.post("after-the-kill") == 200
    _, alive = psutil.wait_procs(before, timeout=STOP_LIMIT_S)
    assert alive == []

    def loaded() -> bool:
        names = run(stack, "sql", "--csv", "select event_name from events").stdout
        return "before-the-kill" in names and "after-the-kill" in names

    wait_until(loaded, 120, "both events in SQL")


def test_run_worker_that_its_killed_code_server_left_ends_too(stack: Stack) -> None:
    stack.start()
    assert stack.process is not None
    assert stack.post("starts-a-run") == 200
    wait_until(lambda: stack.parts("run") != [], 60, "a run's worker")

    stack.parts("code")[0].kill()
    before = stack.everything()
    left = stack.parts("run")
    stack.process.send_signal(signal.SIGINT)

    assert left != []
    assert stack.process.wait(STOP_LIMIT_S) == 0
    assert_nothing_left(stack, [*before, *left])


def test_signal_during_the_first_start_leaves_nothing(stack: Stack) -> None:
    stack.start(until="Events are accepted")
    assert stack.process is not None
    before = stack.everything()

    stack.process.send_signal(signal.SIGINT)

    assert stack.process.wait(STOP_LIMIT_S) == 0
    assert_nothing_left(stack, before)
