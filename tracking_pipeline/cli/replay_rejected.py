"""``tracking replay --rejected``: refused events judged again after a fix; those accepted now come in as new ones."""

from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from ingest_api.partitions import Hour
from ingest_api.settings import load_settings

if TYPE_CHECKING:
    from tracking_pipeline.operations.replay import Replay


def replay_rejected(first: Hour | None, last: Hour | None, reason: str | None, *, yes: bool, json: bool) -> NoReturn:
    """Show, by hour and reason, what today's rules say of refused events; with ``yes`` also admit the accepted ones.

    Exits 1 when nothing is accepted.
    """
    from tracking_pipeline.lake.replayed import Wanted
    from tracking_pipeline.operations.checks import require_lake
    from tracking_pipeline.operations.replay import replay_rejected as replay

    settings = load_settings()
    require_lake(settings)
    done = replay(settings, Wanted(first, last, reason), dry_run=not yes)
    if json:
        import json as json_module

        typer.echo(json_module.dumps(_object(done)))
    else:
        _show(done, is_done=yes)
    raise typer.Exit(0 if done.accepted else 1)


def _object(done: "Replay") -> dict[str, Any]:
    return {
        "accepted": done.accepted,
        "kept": done.kept,
        "events": done.events,
        "parts": done.parts,
        "rows": [
            {"hour": hour.key, "reason": then, "now": now or "accepted", "rows": count}
            for (hour, then, now), count in sorted(done.counts.items())
        ],
    }


def _show(done: "Replay", *, is_done: bool) -> None:
    from rich.table import Table

    from tracking_pipeline.cli.console import make_console

    table = Table(title="refused events that no replay has admitted, by hour of receipt (UTC)")
    for column in ("hour", "reason then", "judged now"):
        table.add_column(column, no_wrap=True)
    table.add_column("rows", justify="right")
    for (hour, then, now), count in sorted(done.counts.items()):
        table.add_row(hour.key, then, now or "accepted", f"{count:,}")
    if done.counts:
        make_console().print(table)
    stay = _reasons(done)
    if done.accepted and is_done:
        typer.echo(f"{done.events:,} events admitted in {len(done.parts)} part files; the loader takes them now.")
    elif done.accepted:
        typer.echo(f"{done.events:,} events would be admitted; --yes does it.")
    else:
        typer.echo("No refused event is accepted by today's rules and settings.")
    if stay:
        typer.echo(f"{done.kept:,} rows stay: {stay}.")


def _reasons(done: "Replay") -> str:
    reasons: Counter[str] = Counter()
    for (_, _, now), count in done.counts.items():
        if now:
            reasons[now] += count
    return ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common())
