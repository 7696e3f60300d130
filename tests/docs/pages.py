"""The pages as data: their tables, code spans and fenced blocks. Pages are written so that this reads them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = [README, ROOT / "data" / "README.md", *sorted(DOCS.glob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")


def fences(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return [body for found, body in _FENCE.findall(page.read_text()) if found == language]


def prose(page: Path) -> str:
    """Return the page without its fenced blocks."""
    return _FENCE.sub("", page.read_text())


def spans(page: Path) -> list[str]:
    """Return every `code span` outside fenced blocks."""
    return _SPAN.findall(prose(page))


def code(page: Path) -> str:
    """Return all code of a page, spans and blocks, one a line."""
    return "\n".join([*spans(page), *(body for _, body in _FENCE.findall(page.read_text()))])


def table(page: Path, *header: str) -> list[list[str]]:
    """Return the rows of the one table with this header, cells stripped."""
    lines = prose(page).splitlines()
    starts = [number for number, line in enumerate(lines) if tuple(_cells(line)) == header]
    assert len(starts) == 1, f"{page.name} has {len(starts)} tables with the header {header}"
    rows: list[list[str]] = []
    for line in lines[starts[0] + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(_cells(line))
    return rows


def first_spans(rows: list[list[str]]) -> list[str]:
    """Return every code span of the rows' first cells."""
    return [span for row in rows for span in _SPAN.findall(row[0])]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
