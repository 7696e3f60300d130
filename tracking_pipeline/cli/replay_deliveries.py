"""``tracking replay``, of deliveries: what ended without arriving becomes unsent again."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NoReturn

import typer

from ingest_api.settings import load_settings
from tracking_pipeline.cli.backfill import hours_between

if TYPE_CHECKING:
    from tracking_pipeline.delivery.replay import Found


@dataclass(frozen=True, slots=True)
class Wish:
    """What the options say; ``first`` and ``last`` are hours or days as typed."""

    destination: str
    states: tuple[str, ...]
    reason: str | None
    first: str | None
    last: str | None
    ids: tuple[str, ...]


def replay_deliveries(wish: Wish, *, yes: bool, json: bool) -> NoReturn:
    """Show, by state and reason, what would be sent again; with ``yes`` also do it. Exits 1 when nothing is chosen."""
    from tracking_pipeline.delivery import replay as replays
    from tracking_pipeline.delivery.targets import targets
    from tracking_pipeline.operations.checks import require_lake

    settings = load_settings()
    require_lake(settings)
    if wish.destination not in targets(settings):
        raise typer.BadParameter(f"there are: {', '.join(targets(settings))}", param_hint="--destination")
    start, end = _span(wish.first, wish.last)
    choice = replays.Choice(wish.destination, wish.states, wish.reason, start, end, wish.ids)
    found = replays.replay(settings, choice) if yes else replays.preview(settings, choice)
    if json:
        import json as json_module

        typer.echo(json_module.dumps([asdict(each) for each in found]))
    else:
        _show(found, is_done=yes)
    raise typer.Exit(0 if found else 1)


def _span(first: str | None, last: str | None) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return the first instant and the one after the last, naive UTC."""
    if first is None:
        return None, None
    hours = hours_between(first, last or first)
    return hours[0].start.replace(tzinfo=None), hours[-1].start.replace(tzinfo=None) + dt.timedelta(hours=1)


def _show(found: "list[Found]", *, is_done: bool) -> None:
    for each in found:
        why = " ".join(str(part) for part in (each.state, each.reason) if part)
        stay = f", {each.too_old:,} too old to leave" if each.too_old else ""
        typer.echo(f"{each.events:,} {why}{stay}")
    count = sum(each.events - each.too_old for each in found)
    done = "are unsent again; the next run sends them" if is_done else "would be sent again; --yes does it"
    typer.echo(f"{count:,} events {done}" if found else "no event is chosen by that")
