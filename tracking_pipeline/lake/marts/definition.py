"""What the marts were made by: their SQL, their columns and the rule of sessions, as one short hash.

Marts of another definition are made anew, or rows of two definitions would stand beside each other. Cheap: schedules
ask each minute.
"""

import hashlib
from functools import cache
from importlib import resources

from tracking_pipeline.lake.marts.tables import MARTS
from tracking_pipeline.lake.sessions import SessionRule
from tracking_pipeline.lake.views import statement

SHARED = ("clients", "traffic", "session_starts", "campaign_starts")  # files of lake/sql that marts are made with
JUDGES = ("compare.sql", "compare_totals.sql", "sample.sql")  # they only read marts


@cache
def definition(rule: SessionRule) -> str:
    """Return the hash of all that decides what stands in the marts; comments do not."""
    folder = resources.files("tracking_pipeline.lake.marts").joinpath("sql")
    files = sorted((file for file in folder.iterdir() if file.name not in JUDGES), key=lambda file: file.name)
    texts = [_without_comments(text) for text in (*map(statement, SHARED), *(file.read_text() for file in files))]
    columns = [(mart.name, [(column.name, column.type) for column in mart.table.columns]) for mart in MARTS]
    return hashlib.sha256(repr((texts, columns, rule)).encode()).hexdigest()[:16]


def _without_comments(sql: str) -> list[str]:
    return [line for line in sql.splitlines() if not line.startswith("--")]
