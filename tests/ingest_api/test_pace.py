"""Rests between slices: after each slice, only where they are on, and not while the publisher is behind."""

from pathlib import Path

import pytest

from ingest_api.landing import Landing
from ingest_api.pace import REST_S, SLICE_ROWS, Pace
from ingest_api.publisher import KEEPS_UP_BYTES, Publisher
from tests.crash.records import event, write_segment


@pytest.mark.parametrize(("rests", "expected"), [(True, [REST_S] * 3), (False, [])])
def test_one_rest_after_each_slice_where_they_are_on(rests: bool, expected: list[float]) -> None:
    rested: list[float] = []
    pace = Pace(rests=rests, sleep=rested.append)

    for _ in range(3 * SLICE_ROWS):
        pace.worked(1)

    assert rested == expected


def test_a_publisher_that_is_behind_does_not_rest(tmp_path: Path) -> None:
    publisher = Publisher(tmp_path / "spool", Landing(tmp_path))
    publisher.prepare()
    rests = []

    for records in (1, KEEPS_UP_BYTES // len(event(0))):
        write_segment(tmp_path / "spool", "a", [event(number) for number in range(records)])
        assert publisher.publish_once() == records
        rests.append(publisher.pace.rests)

    assert rests == [True, False]
