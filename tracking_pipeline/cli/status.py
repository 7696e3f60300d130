"""``tracking status``: backlog, lag, and the sums of the last hours."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ingest_api.settings import load_settings
from tracking_pipeline.operations.checks import reason_without_lake

if TYPE_CHECKING:
    from rich.table import Table

    from tracking_pipeline.cli.health import Status


def status(
    hours: Annotated[int, typer.Option(help="How many hours back", min=1)] = 24,
    json: Annotated[bool, typer.Option("--json", help="Print one object")] = False,
) -> None:
    """Show what waits, how old it is, whether every hour adds up, and how deliveries stand.

    Exits 1 only if something needs a person: sums_differ, files_not_loading, marts_behind, spool_not_publishing,
    spool_damaged, files_set_aside, disk_nearly_full, deliveries_stopped, deliveries_expiring. Rejected events alone
    are none.
    """
    from tracking_pipeline.cli.health import read_status

    settings = load_settings()
    if reason := reason_without_lake(settings):
        typer.echo(reason, err=True)
        raise typer.Exit(1)
    found = read_status(settings, hours)
    if json:
        import json as json_module

        typer.echo(json_module.dumps(asdict(found), default=str))
    else:
        _show(found)
    raise typer.Exit(1 if found.needs else 0)


def _show(found: "Status") -> None:
    from tracking_pipeline.cli.console import make_console
    from tracking_pipeline.cli.health import CONDITIONS

    console = make_console()
    lag = found.lake["lag_s"]
    console.print(f"spool    {found.spool['events']} events wait, the oldest for {found.spool['oldest_s']} s")
    console.print(f"landing  {found.landing['files_waiting']} files wait, the oldest for {found.landing['oldest_s']} s")
    console.print(f"lake     newest event received {'never' if lag is None else f'{lag} s ago'}")
    behind = found.marts["lag_s"]
    console.print(f"marts    {f'lack what was loaded {behind} s ago' if behind else 'have all that was loaded'}")
    for stray in found.landing["strays"]:
        console.print(f"stray    {stray} is no part file and is passed over", style="yellow")
    console.print(_hours(found))
    for destination, states in found.deliveries.items():
        console.print(f"{destination}: " + ", ".join(f"{count} {state}" for state, count in states.items()))
    for need in found.needs:
        console.print(f"{need}: {CONDITIONS[need]}", style="bold red")
    if not found.needs:
        console.print("nothing needs a person", style="green")


def _hours(found: "Status") -> "Table":
    from rich.table import Table

    columns = ("received", "stored", "duplicate", "rejected", "set_aside", "residual", "waiting")
    table = Table(title="received = stored + duplicate + rejected + set aside, by hour of receipt (UTC)")
    table.add_column("hour", no_wrap=True)
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right")
    for row in found.hours:
        table.add_row(row["hour"], *(f"{row.get(column, 0):,}" for column in columns))
    return table
