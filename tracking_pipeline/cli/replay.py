"""``tracking replay``: send events again that ended without arriving, after a look at what that would be."""

import datetime as dt
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ingest_api.settings import load_settings
from tracking_pipeline.cli.backfill import hours_between

if TYPE_CHECKING:
    from tracking_pipeline.delivery.replay import Found


class Ended(StrEnum):
    """States that an event does not leave by itself."""

    UNCERTAIN = "uncertain"
    DEAD = "dead"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"


def replay(  # noqa: PLR0913 - the options of a command
    states: Annotated[list[Ended] | None, typer.Option("--state", help="State to replay; several times")] = None,
    destination: Annotated[str, typer.Option(help="Whose deliveries")] = "ga4",
    reason: Annotated[str | None, typer.Option(help="Only with this reason, such as `http_403`")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First hour or day of receipt, UTC")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last hour or day, included; default: the first")] = None,
    ids: Annotated[list[str] | None, typer.Option("--id", help="Message id or event id; several times")] = None,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Not deliveries: refused events, judged again by today's rules")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, it is only shown")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print an array of counts")] = False,
) -> None:
    """Turn events that ended without arriving back into unsent ones; the next delivery run sends them.

    Without --yes nothing changes: it prints how many events of which state and reason would go. `uncertain` ones may
    have arrived: GA4 then counts them twice (but purchases with a transaction id). Rules are applied anew: what is
    still a bot's or without consent is suppressed again. What is older than 71.5 hours stays: no time is made up.

    With --rejected it is about refused events instead (--reason, --from and --to choose): those that today's rules
    and settings accept come in as new part files of the present hour, each once however often this is run.

    Examples:

    tracking replay --state dead --reason http_403

    tracking replay --rejected --reason off_plan --yes

    tracking replay --state uncertain --from 2026-11-25-09:00 --to 2026-11-25-10:00 --yes

    Exit code: 0 done or shown, 1 nothing was chosen, 2 the command is wrong.
    """
    if rejected:
        from tracking_pipeline.cli.replay_rejected import replay_rejected

        hours = hours_between(first, last or first) if first else [None]
        replay_rejected(hours[0], hours[-1], reason, yes=yes, json=json)
    from tracking_pipeline.delivery import replay as replays
    from tracking_pipeline.delivery.targets import targets

    settings = load_settings()
    if not states:
        raise typer.BadParameter("say which: uncertain, dead or suppressed", param_hint="--state")
    if destination not in targets(settings):
        raise typer.BadParameter(f"there are: {', '.join(targets(settings))}", param_hint="--destination")
    start, end = _span(first, last)
    choice = replays.Choice(destination, tuple(state.value for state in states), reason, start, end, tuple(ids or ()))
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
        if last:
            raise typer.BadParameter("--to needs --from")
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
