"""``python -m tracking_pipeline.delivery.ga4``: print docs/ga4-dimensions.md; ``--write`` puts it there."""

import sys
from pathlib import Path

from ingest_api.catalogue import catalogue
from tracking_pipeline.delivery.ga4.dimensions import render
from tracking_pipeline.protocol.page import print_or_write

PAGE = Path(__file__).parents[3] / "docs" / "ga4-dimensions.md"

if __name__ == "__main__":
    print_or_write(render(catalogue()), PAGE, sys.argv[1:])
