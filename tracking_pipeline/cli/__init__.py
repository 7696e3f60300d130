"""The ``tracking`` command. One file per verb: ``cli/<verb>.py`` with a function ``<verb>``, and one line below.

Only the module of the verb that was asked for is imported: ``tracking --help`` and the small verbs stay fast.
"""

import importlib
import sys
from collections.abc import Callable
from typing import Any

import typer

from ingest_api.settings import SettingsError
from tracking_pipeline.lake.version import LakeTooNew
from tracking_pipeline.operations.checks import Refused

# verb → what `tracking --help` says of it
VERBS = {
    "up": "Start everything in the foreground; Ctrl-C stops it.",
    "run": "Run one part in the foreground: collector, publisher, dagster or standin.",
    "sql": "Query the lake, read-only, while it is being loaded: one query or a shell.",
    "trace": "Show one event's way, step by step, with times.",
    "wallet": "Print the id under which the lake knows a wallet's address.",
    "status": "Show backlog, lag and the sums per hour; exit code 1 when a person is needed.",
    "backfill": "Load hours again from their part files.",
    "replay": "Send events again that ended without arriving; shows first what that would be.",
    "backup": "Copy the lake, send journals and keys to a folder, while everything runs.",
    "restore": "Put a backup in the place of the lake, while everything is stopped.",
    "ga4": "Judge payloads or a tracking plan by GA4's rules, offline: `tracking ga4 lint FILE`.",
    "doctor": "Check the set-up and say the cure for what is wrong.",
}
EXIT_REFUSED = 2


def main() -> None:
    """Run the command line; a refusal is one sentence on stderr and exit code 2."""
    try:
        make_app(sys.argv[1:2])()
    except (SettingsError, Refused, LakeTooNew) as refusal:
        typer.echo(str(refusal), err=True)
        sys.exit(EXIT_REFUSED)


def make_app(asked: list[str]) -> typer.Typer:
    """Make the app; only the verb in ``asked`` gets its real function, the others a line in the help."""
    app = typer.Typer(
        help="First-party event tracking: collector, lake and GA4 on your own machine.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_no_options)
    for verb, about in VERBS.items():
        function = _function_of(verb) if verb in asked else _nothing
        app.command(verb, short_help=about)(function)
    return app


def _function_of(verb: str) -> Callable[..., Any]:
    module = importlib.import_module(f"tracking_pipeline.cli.{verb}")
    function: Callable[..., Any] = getattr(module, verb)
    return function


def _no_options() -> None:
    """First-party event tracking: collector, lake and GA4 on your own machine."""


def _nothing() -> None:
    """Stand for a verb that was not asked for."""
