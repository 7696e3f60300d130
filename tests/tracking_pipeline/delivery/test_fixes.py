"""What was changed of an event so that GA4 takes it: one SELECT answers it, by rule."""

import json

import pytest

from tests.docs.pages import DOCS, fences
from tests.tracking_pipeline.delivery.server import Collect
from tests.tracking_pipeline.delivery.world import World
from tracking_pipeline.lake.schema import statement as lake_statement

pytestmark = pytest.mark.slow


def fixes(world: World) -> list[tuple[str, str, str | None]]:
    query = """
    select e.event_name, f.rule, f.field
    from delivery_fixes f join events e using (event_id)
    where destination = 'ga4'
    order by all
    """
    return world.store.connection.execute(query).fetchall()


def test_every_change_is_a_row_with_its_rule_and_field(world: World, collect: Collect) -> None:
    sent = {"ok": 1, "tx_hash": "h", "deep": {"a": 1}}
    world.load([world.click("changed", properties=json.dumps(sent)), world.click("clean")])

    world.deliver()

    assert fixes(world) == [("changed", "param_nested", "deep"), ("changed", "private", "tx_hash")]
    steps = world.store.connection.execute(lake_statement("trace"), {"id": "changed"}).fetchall()
    leased = [detail for _, what, detail in steps if what == "leased"]
    assert [detail.partition(", changed ")[2] for detail in leased] == ["private:tx_hash param_nested:deep"]


def test_an_event_that_is_sent_again_shows_its_changes_once(world: World, collect: Collect) -> None:
    collect.then(503, retry_after="900")
    world.load([world.click("changed", properties='{"tx_hash":"h"}')])

    world.deliver()
    world.pause(900)
    world.deliver()

    assert len(collect.names()) == 2
    assert fixes(world) == [("changed", "private", "tx_hash")]


def test_the_page_s_queries_count_changes_and_show_names_that_fall_on_one(world: World, collect: Collect) -> None:
    names = ["Sign Up", "Sign-Up", "sign up", "other", "Order Completed", "order completed", "page_view"]
    made = [world.click(name) for name in names] + [world.click("Home", type="page"), world.click("Start", type="page")]
    world.load(made)

    world.deliver()

    of_rules, of_names, of_state = fences(DOCS / "ga4-setup.md", "sql")
    assert world.store.connection.execute(of_state).fetchall() == [("sent", None, 204, 9)]
    assert sorted(world.store.connection.execute(of_rules).fetchall()) == [
        ("event_name", "Sign_Up", 2),
        ("event_name", "sign_up", 1),
        ("spec_name", "purchase", 2),
    ]
    assert world.store.connection.execute(of_names).fetchall() == [
        ("page_view", ["(page)", "page_view"], 3),
        ("Sign_Up", ["Sign Up", "Sign-Up"], 2),
        ("purchase", ["Order Completed", "order completed"], 2),
    ]
