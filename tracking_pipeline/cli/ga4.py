"""``tracking ga4 lint``: judge payloads and tracking plans by GA4's rules, offline, for any team's CI."""

import datetime as dt
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tracking_pipeline.lint import Problem

MICROSECOND = dt.timedelta(microseconds=1)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
STDIN = "-"
EXIT_UNREADABLE = 2


class Action(StrEnum):
    """What to do."""

    LINT = "lint"


def ga4(
    action: Annotated[Action, typer.Argument(help="`lint`: judge files by GA4's documented rules")],
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="JSON or JSON lines; `-` reads standard input")],
    json: Annotated[bool, typer.Option("--json", help="Print an array of problems, for programs")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Advice fails too")] = False,
    now: Annotated[str | None, typer.Option(help="Instant that ages count from (ISO 8601); else now")] = None,
) -> None:
    """Find what GA4 would drop, cut or misreport, before it is sent. Nothing is sent; no secrets are needed.

    GA4 answers 2xx to everything, and its own validation server passes much that never appears in reports.
    This judges by every documented limit, and prints one line for each fault:

    order.json:7:9: error param_length: events[0].params.note: the value has more than [100] characters. Cure: …

    A FILE holds a Measurement Protocol payload, an array of payloads, one payload a line, or a tracking plan:
    {"events": {"Order Done": {"params": ["order id", "total"]}}}. Of a plan the names are judged: reserved ones,
    those that GA4 does not take, two that become one, and one that stands twice. A parameter may also be an object
    with a "name", or a member of an object.

    Examples:

    tracking ga4 lint tests/payloads/*.json

    my-app --print-payload | tracking ga4 lint --json -

    tracking ga4 lint --now 2026-11-25T10:00:00Z recorded.jsonl

    Exit code: 0 nothing that GA4 drops or cuts (advice may be shown), 1 at least one error (with --strict: or
    advice), 2 a file cannot be read or the command is wrong. The rules and their cures: docs/ga4-rules.md.
    """
    found = {name: _problems(name, _microseconds(now)) for name in files}
    if json:
        _print_json(found)
    else:
        _print_lines(found)
    fails = [p for problems in found.values() for p in problems if strict or p.severity == "error"]
    raise typer.Exit(1 if fails else 0)


def _problems(name: str, now_us: int) -> "list[Problem]":
    from tracking_pipeline.lint import check

    try:
        data = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except OSError as error:
        typer.echo(f"{name}: cannot be read: {error.strerror}", err=True)
        raise typer.Exit(EXIT_UNREADABLE) from None
    return check(data, now_us)


def _microseconds(now: str | None) -> int:
    try:
        at = dt.datetime.fromisoformat(now) if now else dt.datetime.now(dt.UTC)
    except ValueError:
        raise typer.BadParameter("not an ISO 8601 instant", param_hint="--now") from None
    return ((at if at.tzinfo else at.replace(tzinfo=dt.UTC)) - EPOCH) // MICROSECOND


def _print_lines(found: "dict[str, list[Problem]]") -> None:
    for name, problems in found.items():
        for p in problems:
            typer.echo(f"{name}:{p.line}:{p.column}: {p.severity} {p.rule}: {_one_line(p.message)} Cure: {p.cure}.")
    errors = sum(p.severity == "error" for problems in found.values() for p in problems)
    advice = sum(len(problems) for problems in found.values()) - errors
    typer.echo(f"{len(found)} file(s): {errors} error(s), {advice} advice", err=True)


def _print_json(found: "dict[str, list[Problem]]") -> None:
    import json
    from dataclasses import asdict

    plain = [{"file": name, **asdict(p)} for name, problems in found.items() for p in problems]
    typer.echo(json.dumps(plain, indent=2, ensure_ascii=False))


def _one_line(text: str) -> str:
    """What a sender put into a name must not break the line."""
    return text.encode("unicode_escape").decode() if not text.isprintable() else text
