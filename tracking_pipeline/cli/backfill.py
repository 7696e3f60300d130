"""``tracking backfill``: replace hours in the lake from their part files."""

import re
from typing import Annotated

import typer

from ingest_api.partitions import HOUR_US, Hour, hour_of, parse_key
from ingest_api.settings import load_settings

_SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[-T ]\d{2}(?::00)?)?")


def backfill(
    first: Annotated[str, typer.Argument(help="First hour (2026-11-25-09:00) or day (2026-11-25), UTC")],
    last: Annotated[str | None, typer.Argument(help="Last hour or day, included; default: the first")] = None,
) -> None:
    """Load hours anew from the landing zone: the same rows afterwards, whatever was wrong before.

    Safe at any time, while events load and while people query. An hour whose part files are gone is refused and
    left as it is. Exits 1 if any hour was refused.
    """
    from rich.progress import track

    from tracking_pipeline.cli.console import make_console
    from tracking_pipeline.lake.backfill import replace_hours

    settings, console = load_settings(), make_console(stderr=True)
    hours = hours_between(first, last or first)
    rows = refused = 0
    for done in track(replace_hours(settings, hours), "Backfill", total=len(hours), console=console):
        rows += done.loaded.rows
        if done.refused:
            refused += 1
            console.print(done.refused, style="red")
        elif not (done.checked.adds_up and done.checked.unique):
            refused += 1
            console.print(f"{done.hour.key} does not add up: {done.checked.account}", style="red")
    typer.echo(f"{len(hours) - refused} of {len(hours)} hours replaced, {rows} rows")
    raise typer.Exit(1 if refused else 0)


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
