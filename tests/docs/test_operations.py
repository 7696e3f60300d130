"""Every line of the operations page's "if, then" table names a test that tries it, and every condition is tried."""

import re

from tests.docs.pages import DOCS, ROOT, table
from tracking_pipeline.cli.health import CONDITIONS

PAGE = DOCS / "operations.md"


def test_every_line_names_a_test_that_is_there() -> None:
    missing = []
    for what, _, tried in table(PAGE, "if", "then", "tried in"):
        [(file, name)] = re.findall(r"^`(test_\w+\.py)::(test_\w+)`$", tried)
        sources = [path.read_text() for path in (ROOT / "tests").rglob(file)]
        if not any(f"def {name}(" in source for source in sources):
            missing.append((what, tried))

    assert missing == []


def test_every_condition_of_status_is_made_true_by_a_test() -> None:
    verbs = ROOT / "tests" / "tracking_pipeline"
    tried = (verbs / "operations" / "test_if_then.py").read_text() + (verbs / "cli" / "test_lake_verbs.py").read_text()

    assert [name for name in CONDITIONS if f'"{name}"' not in tried] == []
