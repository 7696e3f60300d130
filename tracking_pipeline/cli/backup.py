"""``tracking backup``: a copy of what part files cannot make again, while everything runs."""

from pathlib import Path
from typing import Annotated

import typer

from ingest_api.settings import load_settings


def backup(
    folder: Annotated[Path, typer.Argument(help="Where to; a folder that holds an older backup is brought up")],
) -> None:
    """Copy the lake (catalog and data), send journals, the wallet key and the start date to a folder.

    Run it while everything runs, as often as you like: only new files are copied, and the folder is a whole backup at
    every moment. Part files are not in it: any copy tool saves `events/` and `rejected/`, they never change.
    """
    from tracking_pipeline.operations.backup import back_up

    copied = back_up(load_settings(), folder)
    typer.echo(f"{copied.files} lake files ({copied.bytes:,} bytes) are in {folder}, {copied.new_files} of them new.")
