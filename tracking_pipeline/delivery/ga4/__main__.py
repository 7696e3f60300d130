"""``python -m tracking_pipeline.delivery.ga4``: print docs/ga4-dimensions.md; ``--write`` puts it there."""

import sys
from pathlib import Path

from ingest_api.catalogue import catalogue
from tracking_pipeline.delivery.ga4.dimensions import render

PAGE = Path(__file__).parents[3] / "docs" / "ga4-dimensions.md"


def main(arguments: list[str]) -> None:
    """Print or write the page."""
    page = render(catalogue())
    if "--write" in arguments:
        PAGE.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)


if __name__ == "__main__":
    main(sys.argv[1:])
