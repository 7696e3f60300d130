"""Text inside SQL, where DuckDB takes no parameter: names of files, comments, views."""


def quoted(text: object) -> str:
    """Return text for use between single quotes."""
    return str(text).replace("'", "''")
