"""Give the ``duckdb`` command line what ``ATTACH 'ducklake:sqlite:…'`` needs, from the wheels: no network.

``python -m tracking_pipeline.operations.cli_extensions``, called by ``make setup``; repeatable.
"""

import duckdb

from tracking_pipeline.lake.attach import EXTENSIONS, extension_path


def install() -> None:
    """Copy the signed extensions into this user's ``~/.duckdb``; download what has no wheel here."""
    with duckdb.connect() as connection:
        for name in EXTENSIONS:
            path = extension_path(name)
            connection.execute(f"install {name}" if path is None else f"install '{path}'")


def missing() -> list[str]:
    """Name the extensions that this user's ``duckdb`` would want to download."""
    marks = ", ".join("?" * len(EXTENSIONS))
    query = f"select extension_name from duckdb_extensions() where installed and extension_name in ({marks})"
    with duckdb.connect() as connection:
        found = {name for (name,) in connection.execute(query, list(EXTENSIONS)).fetchall()}
    return [name for name in EXTENSIONS if name not in found]


if __name__ == "__main__":
    install()
