"""``tracking doctor``: is this machine set up, and what to do if not."""

import typer

from tracking_pipeline.operations.diagnosis import Finding, Verdict, examine

COLOURS = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.BAD: "red"}


def doctor() -> None:
    """Check the set-up and say the cure for what is wrong. Exit code 1 if something needs a person."""
    findings = list(examine())
    _show(findings)
    bad = sum(finding.verdict is Verdict.BAD for finding in findings)
    typer.echo(f"{bad} of {len(findings)} checks need a person." if bad else "Nothing needs a person.")
    raise typer.Exit(1 if bad else 0)


def _show(findings: list[Finding]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("check", "", "found", "cure", box=box.SIMPLE_HEAD)
    for finding in findings:
        verdict = Text(finding.verdict, style=COLOURS[finding.verdict])
        table.add_row(Text(finding.check), verdict, Text(finding.found), Text(finding.cure))
    Console().print(table)
