"""A few mixed visits; ``python -m bench.visits`` makes 1,000."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.site import running_site
from tests.browser.visits import BROWSERS, CONSENTS, COOKIES, GOOGLE, Visit, browsers, count, simulate
from tests.support import RunningCollector

pytestmark = [pytest.mark.slow, pytest.mark.drill]

FEW = 15


def test_every_event_that_consent_allows_has_a_device_id(
    chromium: Browser, collector: RunningCollector, tmp_path: Path
) -> None:
    visits = [Visit(number) for number in range(FEW)]

    with running_site(collector) as site, browsers(chromium, tmp_path) as contexts:
        rows = simulate(visits, contexts, site)

    assert count(visits, rows).is_whole
    assert len({row["event_id"] for row in rows}) == len(rows)
    steady = [visit for visit in visits if visit.browser != "cookies refused" and visit.cookies == "kept"]
    assert count(steady, rows).one_device == len([visit for visit in steady if visit.allowed])
    assert {row["ga_client_id"] for row in rows} == {None, "1234567890.1700000000"}


def test_few_visits_are_of_all_kinds() -> None:
    visits = [Visit(number) for number in range(FEW)]

    assert {visit.browser for visit in visits} == set(BROWSERS)
    assert {visit.consent for visit in visits} == set(CONSENTS)
    assert {visit.google for visit in visits} == set(GOOGLE)
    assert {visit.cookies for visit in visits} == set(COOKIES)
