"""``python -m ingest_api.catalogue``: print the catalogue's page; ``--write`` puts it into docs/events.md."""

import sys
from pathlib import Path

from ingest_api.catalogue.reader import catalogue
from ingest_api.catalogue.render import render

PAGE = Path(__file__).parents[2] / "docs" / "events.md"


def main(arguments: list[str]) -> None:
    """Print or write the page."""
    page = render(catalogue())
    if "--write" in arguments:
        PAGE.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)


if __name__ == "__main__":
    main(sys.argv[1:])
