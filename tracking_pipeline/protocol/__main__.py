"""``python -m tracking_pipeline.protocol``: print the page of rules; ``--write`` puts it into docs/ga4-rules.md."""

import sys
from pathlib import Path

from tracking_pipeline.protocol.page import render

PAGE = Path(__file__).parents[2] / "docs" / "ga4-rules.md"


def main(arguments: list[str]) -> None:
    """Print or write the page."""
    page = render()
    if "--write" in arguments:
        PAGE.write_text(page, encoding="utf-8")
    else:
        sys.stdout.write(page)


if __name__ == "__main__":
    main(sys.argv[1:])
