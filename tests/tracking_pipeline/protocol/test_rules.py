"""Every rule at its limit and beyond, found alone; the page is rendered from the table."""

import re
from pathlib import Path

import pytest

from tests.tracking_pipeline.protocol.cases import CASES, NOW_US, Case
from tracking_pipeline.delivery.ga4 import rules as ours
from tracking_pipeline.protocol.__main__ import PAGE
from tracking_pipeline.protocol.judge import judge
from tracking_pipeline.protocol.page import render
from tracking_pipeline.protocol.rules import RULES, SOURCES

PIPELINE = Path(ours.__file__).parents[2]
OF_PLANS = {"same_name", "plan_room"}  # tests/tracking_pipeline/lint


@pytest.mark.parametrize(("rule_id", "tried"), CASES.values(), ids=CASES)
def test_a_rule_is_broken_one_beyond_its_limit_and_no_other(rule_id: str, tried: Case) -> None:
    good = judge(tried.query, tried.good, NOW_US)
    bad = judge(tried.bad_query, tried.bad, NOW_US)

    assert [finding.rule_id for finding in good.findings] == []
    assert [finding.rule_id for finding in bad.findings] == [rule_id]


def test_every_rule_has_a_case() -> None:
    assert {rule_id for rule_id, _ in CASES.values()} == RULES.keys() - OF_PLANS


def test_every_rule_names_sources_that_are_known() -> None:
    for rule in RULES.values():
        for source in rule.sources.split(", "):
            name, mark = source.split(" ")
            assert name in SOURCES
            assert mark in "DTOI"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m tracking_pipeline.protocol --write"


@pytest.mark.parametrize("number", ["25", "40", "100", "130_000", "256", "300", "420", "1000"])
def test_no_limit_is_written_twice(number: str) -> None:
    rooms = [PIPELINE / "protocol", PIPELINE / "standin", PIPELINE / "delivery" / "ga4"]
    constant = re.compile(rf"(?m)^[A-Z_]+(?:: \w+)? = {number}\b")
    found = [path.name for room in rooms for path in room.glob("*.py") if constant.search(path.read_text())]

    assert set(found) <= {"limits.py", *KNOWN.get(number, ())}


# The same number, another thing: how long a number may be as text, how much a page shows.
KNOWN = {"100": ("values.py", "app.py", "faults.py")}
