"""The fifteen questions of docs/analysts.md over a made-up site: its maker knows the answers."""

import duckdb
import pytest

from bench.swapsite.questions import questions
from bench.swapsite.truth import Truth
from bench.swapsite.visits import visits
from tests.tracking_pipeline.marts.answers import ANSWERS
from tests.tracking_pipeline.marts.site import plain_marts

QUESTIONS = questions()


@pytest.fixture(scope="module")
def truth() -> Truth:
    """Three weeks of a site with some hundred households."""
    return Truth(visits(seed=7, people=150, days=20))


@pytest.fixture(scope="module")
def marts() -> duckdb.DuckDBPyConnection:
    """The marts of the same site."""
    return plain_marts(visits(seed=7, people=150, days=20), days=20)


def test_there_are_fifteen_questions() -> None:
    assert list(QUESTIONS) == [f"{number}" for number in range(1, 16)]
    assert len(ANSWERS) == 15


@pytest.mark.parametrize(("number", "answer"), list(zip(QUESTIONS, ANSWERS, strict=True)), ids=list(QUESTIONS))
def test_the_answer_is_the_known_one(
    marts: duckdb.DuckDBPyConnection, truth: Truth, number: str, answer: object
) -> None:
    expected = answer(truth)  # type: ignore[operator]

    found = marts.execute(QUESTIONS[number]).fetchall()

    assert [rounded(row) for row in found] == [rounded(row) for row in expected]
    assert found


def rounded(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(round(value, 3) if isinstance(value, float) else value for value in row)
