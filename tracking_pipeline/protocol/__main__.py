"""``python -m tracking_pipeline.protocol``: print the page of rules; ``--write`` puts it into docs/ga4-rules.md."""

import sys
from pathlib import Path

from tracking_pipeline.protocol.page import print_or_write, render

PAGE = Path(__file__).parents[2] / "docs" / "ga4-rules.md"

if __name__ == "__main__":
    print_or_write(render(), PAGE, sys.argv[1:])
