"""The console that all verbs print tables to."""

from rich.console import Console

PIPED_WIDTH = 140


def make_console(*, stderr: bool = False) -> Console:
    """Return a console as wide as the terminal; wide enough for every table when the output is piped."""
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=PIPED_WIDTH)
