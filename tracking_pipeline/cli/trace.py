"""``tracking trace``: one event's way, step by step, with times."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from ingest_api.settings import Settings, load_settings

if TYPE_CHECKING:
    from tracking_pipeline.lake.attach import Connection


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to the event."""

    at: dt.datetime | None
    what: str
    detail: str


def trace(
    message_id: Annotated[str, typer.Argument(help="The event's message id (or event id)")],
    json: Annotated[bool, typer.Option("--json", help="Print an array of steps")] = False,
) -> None:
    """Show one event's way: received, published, loaded, delivered; or where it waits, or why it was refused.

    Exits 1 when no event with this id is known.
    """
    from tracking_pipeline.operations.checks import require_lake

    settings = load_settings()
    require_lake(settings)
    steps = find_steps(settings, message_id)
    if json:
        import json as json_module

        typer.echo(json_module.dumps([{"at": s.at, "what": s.what, "detail": s.detail} for s in steps], default=str))
    elif steps:
        _show(message_id, steps)
    else:
        typer.echo(f"No event with the id {message_id} is in the lake, the landing zone's waiting files or the spool.")
    raise typer.Exit(0 if steps else 1)


def find_steps(settings: Settings, message_id: str) -> list[Step]:
    """Collect the steps of every copy of the message, in time order; from the spool on if it is not loaded yet."""
    from tracking_pipeline.lake import attach

    with attach.opened(settings, read_only=True) as connection:
        steps = _in_lake(connection, message_id) or _in_landing(connection, settings, message_id)
    steps = steps or _in_spool(settings, message_id)
    return sorted(steps, key=lambda step: (step.at is None, step.at))


def _in_lake(connection: "Connection", message_id: str) -> list[Step]:
    from tracking_pipeline.lake.schema import statement

    rows = connection.execute(statement("trace"), {"id": message_id}).fetchall()
    return [Step(at, what, detail) for at, what, detail in rows]


def _in_landing(connection: "Connection", settings: Settings, message_id: str) -> list[Step]:
    """Look into the files that are published and not loaded, newest hours first."""
    from tracking_pipeline.lake.waiting import waiting_files

    for file, path in waiting_files(settings, connection):
        rows = connection.execute(
            "select received_at from read_parquet($path, hive_partitioning = false) where message_id = $id",
            {"path": str(path), "id": message_id},
        ).fetchall()
        if rows:
            published = dt.datetime.fromtimestamp(file.published_ns / 1e9, dt.UTC).replace(tzinfo=None)
            received = [Step(at, "received", "acknowledged, on disk in the spool") for (at,) in rows]
            return [*received, Step(published, "published", file.path), Step(None, "waiting", "for the next load")]
    return []


def _in_spool(settings: Settings, message_id: str) -> list[Step]:
    from ingest_api.waiting import spooled

    for record in spooled(settings.spool_dir):
        if record.row.message_id == message_id:
            at = dt.datetime.fromtimestamp(record.row.received_at / 1e6, dt.UTC).replace(tzinfo=None)
            received = Step(at, "received", f"acknowledged, in spool segment {record.segment}")
            return [received, Step(None, "waiting", "for the publisher")]
    return []


def _show(message_id: str, steps: list[Step]) -> None:
    from rich.table import Table

    from tracking_pipeline.cli.console import make_console

    table = Table(title=f"message {message_id}")
    for column in ("at (UTC)", "after", "what", "detail"):
        table.add_column(column, overflow="fold")
    first = steps[0].at
    for step in steps:
        after = f"+{(step.at - first).total_seconds():.2f} s" if step.at and first else ""
        table.add_row(f"{step.at:%Y-%m-%d %H:%M:%S.%f}"[:-3] if step.at else "", after, step.what, step.detail)
    make_console().print(table)
