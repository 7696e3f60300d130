"""The command line: its help is fast and whole, its refusals are sentences."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tracking_pipeline.cli import VERBS, make_app

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
