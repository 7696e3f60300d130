"""One fault in a file, as the lint prints it."""

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


def problem(text: str, offset: int, rule_id: str, message: str) -> Problem:
    """Make the problem at a character of the text; what GA4 refuses or cuts is an error."""
    rule = RULES[rule_id]
    line_start = text.rfind("\n", 0, offset) + 1
    severity: Severity = "advice" if rule.level == "advice" else "error"
    return Problem(text.count("\n", 0, offset) + 1, offset - line_start + 1, severity, rule_id, message, rule.cure)
