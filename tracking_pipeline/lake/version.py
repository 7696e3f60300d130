"""Which lakes this program may write to. Every lake records who made it and who upgraded it, in ``upgrades``.

A lake of an older format is upgraded at start (``schema.make_lake``); one of a newer format is refused, for this
program would write rows that lack what the newer one relies on. Readers are never refused.
"""

from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# Raise it when a program that does not know the change would do harm to the lake. A new column that may be null, or a
# view, does none.
FORMAT = 1


class LakeTooNew(Exception):
    """The lake was upgraded by a newer program than this."""


def program_version() -> str:
    """Return the version of this program."""
    return metadata.version("server-side-tracking")


def refuse_newer(connection: "duckdb.DuckDBPyConnection") -> None:
    """Raise LakeTooNew if the attached lake is of a format that this program does not know."""
    import duckdb  # here: the command line imports this module for its exception, and starts fast

    try:
        row = connection.execute("select format, program from upgrades order by format desc limit 1").fetchone()
    except duckdb.CatalogException:
        return  # a new lake, or one from before formats were recorded
    if row and row[0] > FORMAT:
        raise LakeTooNew(
            f"The lake is of format {row[0]}, made by version {row[1]}; this is version {program_version()} and knows"
            f" formats up to {FORMAT}. Start a newer version, or restore the backup from before the upgrade."
        )
