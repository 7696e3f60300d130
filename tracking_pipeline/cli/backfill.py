"""``tracking backfill``: replace hours in the lake from their part files."""

import re
from typing import Annotated

import typer

from ingest_api.landing import Landing
from ingest_api.partitions import HOUR_US, Hour, hour_of, parse_key
from ingest_api.settings import Settings, load_settings

_SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[-T ]\d{2}(?::00)?)?")


def backfill(
    first: Annotated[str | None, typer.Argument(help="First hour (2026-11-25-09:00) or day (2026-11-25), UTC")] = None,
    last: Annotated[str | None, typer.Argument(help="Last hour or day, included; default: the first")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every hour of the landing zone: a new lake")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change: +rows -rows")] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Do not go on where a killed backfill of it stopped")] = False,
) -> None:
    """Load hours anew from the landing zone: the same rows afterwards, whatever was wrong before.

    Safe at any time, while events load and while people query. Newest hours first, many in a transaction. An hour whose
    part files are gone is refused and left as it is, the others are replaced. Killed, it goes on where it stopped when
    it is started again with the same range. Exits 1 if any hour was refused.
    """
    if everything == (first is not None):
        raise typer.BadParameter("name the first hour or day, or write --all")
    settings = load_settings()
    hours = _every_hour(settings) if everything else hours_between(str(first), str(last or first))
    if dry_run:
        raise typer.Exit(_show_differences(settings, hours))
    raise typer.Exit(_replace(settings, hours, span="--all" if everything else f"{first} {last or first}", anew=anew))


def _replace(settings: Settings, hours: list[Hour], span: str, *, anew: bool) -> int:
    from rich.progress import track

    from tracking_pipeline.cli.console import make_console
    from tracking_pipeline.lake.backfill import replace_hours
    from tracking_pipeline.lake.progress import Progress
    from tracking_pipeline.lake.schema import make_lake

    console = make_console(stderr=True)
    make_lake(settings)
    progress = Progress(settings, span, anew=anew)
    left = progress.left(hours)
    if len(left) < len(hours):
        console.print(
            f"{len(hours) - len(left)} hours were replaced before this backfill was killed; --anew forgets that"
        )
    rows = refused = 0
    for done in track(replace_hours(settings, left), "Backfill", total=len(left), console=console):
        rows += done.loaded.rows
        if done.refused:
            refused += 1
            console.print(done.refused, style="red")
        elif not (done.checked.adds_up and done.checked.unique):
            refused += 1
            console.print(f"{done.hour.key} does not add up: {done.checked.account}", style="red")
        else:
            progress.note(done.hour)
    progress.end()
    typer.echo(f"{len(hours) - refused} of {len(hours)} hours replaced, {rows} rows")
    return 1 if refused else 0


def _show_differences(settings: Settings, hours: list[Hour]) -> int:
    from tracking_pipeline.cli.console import make_console
    from tracking_pipeline.lake.backfill import differences
    from tracking_pipeline.operations.checks import require_lake

    require_lake(settings)
    console = make_console(stderr=True)
    coming = going = changing = refused = 0
    for found in differences(settings, hours):
        if found.refused:
            refused += 1
            console.print(found.refused, style="red")
        elif found.coming or found.going:
            changing += 1
            typer.echo(f"{found.hour.key}  +{found.coming} -{found.going}")
        coming, going = coming + found.coming, going + found.going
    typer.echo(f"{changing} of {len(hours)} hours would change: +{coming} -{going} rows; {refused} would be refused")
    return 1 if refused else 0


def _every_hour(settings: Settings) -> list[Hour]:
    return sorted(Landing(settings.landing_dir).hours())


def hours_between(first: str, last: str) -> list[Hour]:
    """Read two hours or days as a user writes them; return every hour from one to the other. Raises BadParameter."""
    start, end = _parse(first, last_hour=0), _parse(last, last_hour=23)
    if end < start:
        raise typer.BadParameter(f"{last} is before {first}")
    at = int(start.start.timestamp()) * 1_000_000
    count = int((end.start - start.start).total_seconds()) // 3600 + 1
    return [hour_of(at + n * HOUR_US) for n in range(count)]


def _parse(text: str, *, last_hour: int) -> Hour:
    if not _SHAPE.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is no hour; write 2026-11-25-09:00, or 2026-11-25 for the whole day")
    try:
        return parse_key(f"{text[:10]}-{text[11:13] or f'{last_hour:02d}'}:00")
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no hour: {error}") from None
