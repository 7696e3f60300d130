"""``tracking ga4 lint`` as a command: what it prints, and its exit code."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tracking_pipeline.protocol.cases import body, event, without

TRACKING = Path(sys.executable).parent / "tracking"


def lint(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [TRACKING, "ga4", "lint", *arguments], input=stdin, capture_output=True, timeout=60, check=False
    )


CODES = {
    "clean": (body(), (), 0, 0),
    "advice": (body(without("session_id")), (), 0, 1),
    "advice, strict": (body(without("session_id")), ("--strict",), 1, 1),
    "error": (body(event("a-b")), (), 1, 1),
    "too old": (body(timestamp_micros=1_790_000_000_000_000), ("--now", "2026-10-01"), 1, 1),
    "young then": (body(timestamp_micros=1_790_000_000_000_000), ("--now", "2026-09-22T00:00:00+00:00"), 0, 0),
}


@pytest.mark.parametrize(("data", "options", "code", "problems"), CODES.values(), ids=CODES)
def test_exit_code_says_what_was_found(data: bytes, options: tuple[str, ...], code: int, problems: int) -> None:
    done = lint("--json", *options, "-", stdin=data)

    assert done.returncode == code
    assert len(json.loads(done.stdout)) == problems


def test_lines_name_file_place_rule_and_cure(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_bytes(body(event("a\nb")))
    (tmp_path / "good.json").write_bytes(body())

    done = lint(str(tmp_path / "good.json"), str(tmp_path / "bad.json"))

    (line,) = done.stdout.decode().splitlines()
    assert line.startswith(f"{tmp_path / 'bad.json'}:1:")
    assert ": error event_name: Event at index: [0] has invalid name [a\\nb]." in line
    assert line.endswith("Cure: rename the event.")
    assert done.stderr.decode() == "2 file(s): 1 error(s), 0 advice\n"


@pytest.mark.parametrize("arguments", [("/nowhere.json",), (), ("--now", "soon", "-"), ("--what", "-")])
def test_what_cannot_be_done_is_2(arguments: tuple[str, ...]) -> None:
    assert lint(*arguments).returncode == 2


def test_help_teaches() -> None:
    shown = lint("--help").stdout.decode()

    for word in ("--json", "--strict", "--now", "Exit code", "Examples", "ga4-rules.md", '"params"'):
        assert word in shown
