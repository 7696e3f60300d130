"""What no destination may see is kept back twice: by the delivery's SQL, and by the mapping of each event."""

import itertools
from dataclasses import replace

import duckdb
import pytest

from tests.tracking_pipeline.delivery.server import Collect
from tests.tracking_pipeline.delivery.test_mapping import AT, source
from tests.tracking_pipeline.delivery.world import SECOND_US, World
from tracking_pipeline.delivery.ga4 import mapping
from tracking_pipeline.delivery.ledger import statement

CONSENTS = (None, "granted", "denied", "unknown", "something new")


def test_both_say_the_same_of_every_event() -> None:
    with duckdb.connect() as connection:
        connection.execute(statement("withheld_because"))
        for is_bot, consent in itertools.product((False, True), CONSENTS):
            query = "select withheld_because(?, ?, ?, null)"
            row = connection.execute(query, [is_bot, consent, AT]).fetchone()
            held = mapping.reason_to_stay(replace(source(), is_bot=is_bot, consent=consent))
            assert row == (held and held.reason,), (is_bot, consent)


@pytest.mark.slow
def test_what_sql_keeps_back_is_not_even_read(world: World, collect: Collect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping, "reason_to_stay", lambda event: None)
    robot = {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
    world.load(
        [
            world.click("robot", **robot),
            world.click("withdrawn", device_id="d1"),
            world.click("denied", None, consent="denied", withdrawn_device_id="d1", age_us=SECOND_US),
            world.click("unknown", None, consent="unknown"),
        ]
    )

    report = world.deliver()

    reasons = {"robot": "bot", "withdrawn": "consent_withdrawn", "denied": "consent", "unknown": "consent"}
    assert world.reasons() == {name: ("suppressed", reason) for name, reason in reasons.items()}
    assert (report.suppressed, report.requests, collect.bodies) == (4, 0, [])
