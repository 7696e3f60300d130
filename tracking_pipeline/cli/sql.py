"""``tracking sql``: a read-only shell on the lake, or one query."""

import csv as csv_module
import json as json_module
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ingest_api.settings import Settings, load_settings
from tracking_pipeline.operations.checks import reason_without_lake


def sql(
    query: Annotated[str | None, typer.Argument(help="SQL to run; without it a shell opens")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print an array of objects, keyed by column")] = False,
) -> None:
    """Query the lake, read only, at any time.

    Try: tracking sql "select event_name, count(*) from events group by all order by 2 desc"
    """
    settings = load_settings()
    if query is None:
        _open_shell(settings)
        return
    _run(settings, query, "csv" if csv else "json" if json else "table")


def _run(settings: Settings, query: str, style: str) -> None:
    import duckdb

    from tracking_pipeline.lake import attach

    try:
        with attach.opened(settings, read_only=True) as connection:
            _print(connection.sql(query), style)
    except duckdb.Error as error:
        typer.echo(f"{error}{_hint(settings)}", err=True)
        raise typer.Exit(1) from None


def _print(result: object, style: str) -> None:
    if result is None:
        return
    columns: list[str] = result.columns  # type: ignore[attr-defined]
    if style == "table":
        width = None if sys.stdout.isatty() else 200
        result.show(max_rows=200, max_width=width)  # type: ignore[attr-defined]
        return
    rows = result.fetchall()  # type: ignore[attr-defined]
    if style == "csv":
        writer = csv_module.writer(sys.stdout)
        writer.writerow(columns)
        writer.writerows(rows)
    else:
        objects = [dict(zip(columns, row, strict=True)) for row in rows]
        typer.echo(json_module.dumps(objects, default=str, ensure_ascii=False, indent=None))


def _open_shell(settings: Settings) -> None:
    """Become DuckDB's own shell, attached read only with the extensions of the wheels."""
    from tracking_pipeline.lake import attach

    shell = Path(sys.executable).with_name("duckdb")
    if not shell.exists():
        typer.echo("DuckDB's shell is not installed here; run `make setup`, or give a query.", err=True)
        raise typer.Exit(1)
    loads = "; ".join(f"load '{attach.extension_path(name) or name}'" for name in attach.EXTENSIONS)
    opening = f"{loads}; attach '{attach.catalog_of(settings)}' as lake (read_only); use lake;"
    os.execv(shell, [str(shell), "-cmd", opening])


def _hint(settings: Settings) -> str:
    reason = reason_without_lake(settings)
    return f"\n{reason}" if reason else ""
