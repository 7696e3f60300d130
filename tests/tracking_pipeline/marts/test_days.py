"""Days as constants: few spans, every day in them."""

import datetime as dt

from tracking_pipeline.lake.marts.days import MAX_SPANS, condition, days_of, spans_of

FIRST = dt.date(2026, 1, 1)


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


def test_neighbours_are_one_span() -> None:
    assert spans_of([day(3), day(1), day(2), day(9)]) == [(day(1), day(3)), (day(9), day(9))]


def test_many_scattered_days_become_few_spans_that_hold_them_all() -> None:
    scattered = [day(number * number) for number in range(40)]

    spans = spans_of(scattered)

    assert len(spans) <= MAX_SPANS
    assert set(scattered) <= days_of(spans)


def test_a_margin_widens_each_span() -> None:
    assert days_of([(day(1), day(1))], margin=1) == {day(0), day(1), day(2)}


def test_condition_names_each_day() -> None:
    assert condition([day(1), day(0)]) == "day in (date '2026-01-01', date '2026-01-02')"
    assert condition([]) == "false"
