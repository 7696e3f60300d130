"""The command line: its help is fast and whole, its refusals are sentences."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tracking_pipeline.lake.conftest import store
from tracking_pipeline.cli import VERBS, main, make_app
from tracking_pipeline.lake.insert import Store

__all__ = ["store"]

HEAVY = ("dagster", "duckdb", "pyarrow", "flask", "httpx", "psutil")
TRACKING = Path(sys.executable).parent / "tracking"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TRACKING, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
        check=False,
    )


def test_help_names_every_verb() -> None:
    shown = run("--help")

    assert shown.returncode == 0
    for verb in VERBS:
        assert f" {verb} " in shown.stdout


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from tracking_pipeline.cli import main\n"
        "sys.argv = ['tracking', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('heavy:', [name for name in {HEAVY} if name in sys.modules])\n"
    )

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert shown.stdout.splitlines()[-1] == "heavy: []"


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_a_function_that_says_what_it_does(verb: str) -> None:
    (command,) = [found for found in make_app([verb]).registered_commands if found.name == verb]

    assert command.callback is not None
    assert command.callback.__name__ == verb
    assert inspect.getdoc(command.callback)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"TRACKING_PORT": "none"}, "TRACKING_PORT: "),
        ({"GA4_MEASUREMENT_ID": "G-1"}, "GA4_API_SECRET is missing: set both"),
        ({"TRACKING_DATA_DIR": "/dev/null"}, "TRACKING_DATA_DIR: cannot write to /dev/null"),
    ],
    ids=["bad value", "one secret", "data folder is a file"],
)
@pytest.mark.parametrize("arguments", [("up",), ("run", "collector")], ids=["up", "run"])
def test_refusal_is_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], sentence: str
) -> None:
    refused = run(*arguments, **{"TRACKING_DATA_DIR": str(tmp_path), **environment})

    assert refused.returncode == 2
    assert refused.stderr.startswith(sentence)
    assert len(refused.stderr.splitlines()) == 1
    assert refused.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [["backfill", "2026-11-25", "--dry-run"], ["replay", "--rejected"], ["replay", "--state", "dead"], ["trace", "m1"]],
    ids=" ".join,
)
def test_a_lake_that_is_not_there_is_a_sentence(
    tmp_path: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal_of(arguments, tmp_path, monkeypatch) == 2

    assert capsys.readouterr().err == f"There is no lake under {tmp_path} yet: `tracking up` makes it.\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [["backfill", "2026-11-25"], ["replay", "--state", "dead", "--yes"]], ids=" ".join
)
def test_a_lake_newer_than_the_program_is_a_sentence(
    store: Store, arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store.connection.execute("insert into upgrades values (7, 'abc', '9.1', now())").fetchall()

    assert refusal_of(arguments, store.settings.data_dir, monkeypatch) == 2

    assert capsys.readouterr().err.startswith("The lake is of format 7, made by version 9.1; this is version ")


def refusal_of(arguments: list[str], data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Run the command in this process; return its exit code."""
    monkeypatch.setenv("TRACKING_DATA_DIR", str(data_dir))
    monkeypatch.setattr(sys, "argv", ["tracking", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code
