"""Cutting long work into transactions that stay bounded."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ingest_api.landing import PartFile
from ingest_api.partitions import rows_in_name

T = TypeVar("T")


def chunked(items: Iterable[T], rows_of: Callable[[T], int], most_rows: int, most_items: int) -> Iterator[list[T]]:
    """Cut items, in their order, into lists within both bounds; an item over ``most_rows`` is a list by itself."""
    chunk: list[T] = []
    rows = 0
    for item in items:
        count = rows_of(item)
        if chunk and (len(chunk) == most_items or rows + count > most_rows):
            yield chunk
            chunk, rows = [], 0
        chunk.append(item)
        rows += count
    if chunk:
        yield chunk


def rows_at_most(file: PartFile) -> int:
    """Return the rows that a part file's name tells, else a bound by its size."""
    return rows_in_name(file.name) or file.bytes // 64
