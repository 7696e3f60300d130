"""Open the lake: load DuckDB's extensions from their wheels (no network) and ATTACH the catalog."""

import contextlib
import ctypes
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import duckdb

from ingest_api.settings import Settings
from tracking_pipeline.lake.version import refuse_newer

EXTENSIONS = ("sqlite_scanner", "ducklake")
BUSY_TIMEOUT_MS = 10_000
Connection = duckdb.DuckDBPyConnection


def catalog_of(settings: Settings) -> str:
    """Return the ATTACH string: ``ducklake:sqlite:…`` under the data folder unless it is set."""
    return settings.catalog or f"ducklake:sqlite:{settings.lake_dir / 'catalog.sqlite'}"


@contextlib.contextmanager
def opened(settings: Settings, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection of ``connect`` and close it; an error inside is what the caller gets, whatever it is."""
    connection = connect(settings, read_only=read_only)
    try:
        yield connection
    finally:
        close(connection)


def close(connection: duckdb.DuckDBPyConnection) -> None:
    """Close a connection; one whose database an internal error of DuckDB has ended is kept until the process ends.

    With a lake attached its destructors throw and abort the process (tried with 1.5.5): the run would end as
    "terminated by signal 6", its error lost.
    """
    try:
        connection.execute("select 1")
    except duckdb.FatalException:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
        return
    except duckdb.Error:
        pass  # a transaction that failed: closing rolls it back
    connection.close()


def connect(settings: Settings, *, read_only: bool = False, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """Return a connection whose current schema is the lake's; costs about 0.3 s, so hold it.

    Readers never meet the writer's lock. Raises duckdb.IOException when the catalog does not exist and
    ``read_only`` is set, LakeTooNew when a newer program made the lake and it is not.
    """
    connection = duckdb.connect()
    if threads:
        connection.execute(f"set threads = {int(threads)}")
    connection.execute("set timezone = 'UTC'")
    connection.execute("set enable_progress_bar = false")  # it would stand amid the output of a query over 2 s
    for name in EXTENSIONS:
        load_extension(connection, name)
    options = ["READ_ONLY"] if read_only else [f"DATA_PATH '{settings.lake_dir / 'data'}/'"]
    if "sqlite:" in catalog_of(settings):
        options += [f"META_BUSY_TIMEOUT {BUSY_TIMEOUT_MS}"] + ([] if read_only else ["META_JOURNAL_MODE 'WAL'"])
    connection.execute(f"attach '{catalog_of(settings)}' as lake ({', '.join(options)})")
    connection.execute("use lake")
    if not read_only:
        refuse_newer(connection)
        connection.execute(f"set temp_directory = '{settings.lake_dir / 'tmp'}'")  # and not the current folder
    return connection


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load one extension from its wheel ``duckdb-extension-<name>``; where that is missing, install it."""
    path = extension_path(name)
    if path is None:
        connection.execute(f"install {name}")
    connection.execute(f"load '{path or name}'")


def extension_path(name: str) -> Path | None:
    """Return the signed binary inside the wheel, built for exactly this DuckDB; None if it is not installed."""
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "extensions" / f"v{duckdb.__version__}"
    return next(folder.glob("*.duckdb_extension"), None)
