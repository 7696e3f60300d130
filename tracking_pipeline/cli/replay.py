"""``tracking replay``: once more, after a look at what that would be. Of deliveries, or of events that were refused."""

from enum import StrEnum
from typing import Annotated

import typer

from tracking_pipeline.cli.backfill import hours_between


class Ended(StrEnum):
    """States that an event does not leave by itself."""

    UNCERTAIN = "uncertain"
    DEAD = "dead"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"


def replay(  # noqa: PLR0913 - the options of a command
    states: Annotated[list[Ended] | None, typer.Option("--state", help="State to replay; several times")] = None,
    destination: Annotated[str | None, typer.Option(help="Whose deliveries; default: ga4")] = None,
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
    if last and not first:
        raise typer.BadParameter("--to needs --from")
    if rejected:
        from tracking_pipeline.cli.replay_rejected import replay_rejected

        if states or ids or destination:
            raise typer.BadParameter(
                "refused events have no state, destination or id of a delivery", param_hint="--rejected"
            )
        hours = hours_between(first, last or first) if first else [None]
        replay_rejected(hours[0], hours[-1], reason, yes=yes, json=json)
    else:
        from tracking_pipeline.cli.replay_deliveries import Wish, replay_deliveries

        if not states:
            raise typer.BadParameter("say which: uncertain, dead, suppressed or expired", param_hint="--state")
        chosen = tuple(state.value for state in states)
        replay_deliveries(Wish(destination or "ga4", chosen, reason, first, last, tuple(ids or ())), yes=yes, json=json)
