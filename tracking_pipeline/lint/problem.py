"""One fault in a file, as the lint prints it."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

from tracking_pipeline.protocol.rules import RULES

Severity = Literal["error", "advice"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Where (1-based line and column), which rule, what is wrong, what to do."""

    line: int
    column: int
    severity: Severity
    rule: str
    message: str
    cure: str


class Lines:
    """Where the lines of a text begin: found once, for a file with many problems."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def problem(self, offset: int, rule_id: str, message: str) -> Problem:
        """Make the problem at a character of the text; what GA4 refuses or cuts is an error."""
        rule = RULES[rule_id]
        line = bisect_right(self._starts, offset)
        severity: Severity = "advice" if rule.level == "advice" else "error"
        return Problem(line, offset - self._starts[line - 1] + 1, severity, rule_id, message, rule.cure)
