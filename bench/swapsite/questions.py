"""The numbered questions of docs/analysts.md, for its tests and for the benchmark."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "analysts.md"
_QUESTION = re.compile(r"^### (\d+)\. .*?^```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def questions() -> dict[str, str]:
    """Return the SQL of every question by its number."""
    return dict(_QUESTION.findall(PAGE.read_text()))
