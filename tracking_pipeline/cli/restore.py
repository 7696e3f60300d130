"""``tracking restore``: a backup in the place of the lake, while everything is stopped."""

from pathlib import Path
from typing import Annotated

import typer

from ingest_api.settings import load_settings


def restore(folder: Annotated[Path, typer.Argument(help="What `tracking backup` made")]) -> None:
    """Put a backup in the place of the lake, load the part files that are newer, close what may have been sent.

    Everything must be stopped, and part files that are to come back must be there already. Events of the last three
    days that the ledger does not close become `uncertain`: they may have been sent since the backup was made. The lake
    that was there is moved aside. Also works in another data folder, or on another machine.
    """
    from tracking_pipeline.operations.backup import restore as put_back

    done = put_back(load_settings(), folder)
    typer.echo(f"Restored {done.files} lake files; {done.hours_loaded} hours had newer part files, they are loaded.")
    for destination, count in done.uncertain.items():
        typer.echo(
            f"{destination}: {count:,} events may have been sent since the backup was made; they are `uncertain`."
        )
    if done.moved_aside:
        typer.echo(f"The lake that was there lies in {done.moved_aside}; delete it when all is well.")
