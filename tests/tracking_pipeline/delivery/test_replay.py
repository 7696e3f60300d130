"""Events sent again on purpose: exactly those that were chosen, once, and none with a time that is not its own."""

import json

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.tracking_pipeline.delivery.server import HANG_UP, Collect
from tests.tracking_pipeline.delivery.world import HOUR_US, World, clicks_of_three
from tracking_pipeline.cli import make_app
from tracking_pipeline.delivery import due
from tracking_pipeline.delivery import state as states
from tracking_pipeline.delivery.replay import Choice, Found, preview, replay

pytestmark = [pytest.mark.slow, pytest.mark.drill]


def world_with_losses(world: World, collect: Collect) -> World:
    """Of three clients one is rejected, one unknown, one sent; then the sender has settled all."""
    world.load(clicks_of_three(world))
    collect.then(403)
    collect.then(HANG_UP)
    world.deliver()
    assert states.load(world.settings).settled_load_id > 0
    return world


def test_a_dry_run_counts_and_changes_nothing(world: World, collect: Collect) -> None:
    world_with_losses(world, collect)
    before = world.reasons()

    found = preview(world.settings, Choice(states=("dead", "uncertain", "suppressed")), world.clock)

    assert found == [Found("dead", "http_403", 403, 2, 0), Found("uncertain", "RemoteProtocolError", None, 2, 0)]
    assert world.reasons() == before
    assert due.reason_to_wait(world.settings) == "Nothing is unsent."


def test_the_chosen_are_sent_again_and_no_other(world: World, collect: Collect) -> None:
    world_with_losses(world, collect)
    others = replay(world.settings, Choice(states=("dead",), reason="http_400"), world.clock)
    still = due.reason_to_wait(world.settings, world.clock.now())

    taken = replay(world.settings, Choice(states=("dead",)), world.clock)
    is_due = due.reason_to_wait(world.settings, world.clock.now()) is None
    world.deliver()

    assert (others, still) == ([], "Nothing is unsent.")
    assert (taken, is_due) == ([Found("dead", "http_403", 403, 2, 0)], True)
    assert collect.names() == ["a1", "a2", "b1", "b2", "c1", "c2", "a1", "a2"]
    assert {name for name, state in world.states().items() if state == "sent"} == {"a1", "a2", "c1", "c2"}


def test_by_message_id_and_by_hour_of_receipt(world: World, collect: Collect) -> None:
    world_with_losses(world, collect)
    now = world.clock.utc()
    hour = now.replace(minute=0, second=0, microsecond=0)

    def count(**how: object) -> int:
        return sum(found.events for found in preview(world.settings, Choice(**how), world.clock))

    assert count(ids=("a1", "c1")) == 1
    assert count(first=hour, last=now) == count() == 4
    assert count(last=hour.replace(year=2020)) == count(first=now) == 0
    replay(world.settings, Choice(ids=("a1",)), world.clock)
    world.deliver()
    assert collect.names()[6:] == ["a1"]


def test_what_is_too_old_stays(world: World, collect: Collect) -> None:
    world.load(
        [world.click("edge", age_us=71 * HOUR_US), world.click("young"), world.click("old", age_us=72 * HOUR_US)]
    )
    collect.then(403)
    collect.then(403)
    world.deliver()
    world.pause(3600)

    taken = replay(world.settings, Choice(states=("dead", "expired")), world.clock)
    world.deliver()

    assert sum(found.events - found.too_old for found in taken) == 1
    assert collect.names()[-1] == "young"
    assert world.reasons()["edge"][0] == "dead"
    assert world.states()["old"] == "expired"


def test_rules_are_applied_anew(world: World, collect: Collect) -> None:
    world.load([world.click("no", consent="denied")])
    world.deliver()

    replay(world.settings, Choice(states=("suppressed",)), world.clock)
    world.deliver()

    assert world.reasons() == {"no": ("suppressed", "consent")}
    assert collect.bodies == []


def test_a_replay_that_dies_before_its_commit_loses_nothing(
    world: World, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    world_with_losses(world, collect)
    world.store.connection.execute("alter table deliveries rename to hidden")
    world.store.connection.execute("create view deliveries as from hidden")  # reads work, the insert does not

    with pytest.raises(Exception, match="deliveries"):
        replay(world.settings, Choice(states=("dead",)), world.clock)

    world.store.connection.execute("drop view deliveries")
    world.store.connection.execute("alter table hidden rename to deliveries")
    assert states.load(world.settings).settled_load_id == 0
    world.deliver()
    assert (len(collect.names()), world.states()["a1"]) == (6, "dead")


def tracking(world: World, *arguments: str) -> Result:
    variables = {
        "TRACKING_DATA_DIR": str(world.settings.data_dir),
        "GA4_ENDPOINT": world.settings.ga4.endpoint,
        "GA4_MEASUREMENT_ID": world.settings.ga4_measurement_id,
        "GA4_API_SECRET": world.settings.ga4_api_secret,
    }
    return CliRunner().invoke(make_app(["replay"]), ["replay", *arguments], env=variables)


def test_the_command_shows_first_and_acts_when_told(world: World, collect: Collect) -> None:
    world_with_losses(world, collect)

    shown = tracking(world, "--state", "dead", "--state", "uncertain")
    counted = tracking(world, "--state", "dead", "--json")
    none = tracking(world, "--state", "suppressed")
    done = tracking(world, "--state", "dead", "--reason", "http_403", "--yes")
    world.deliver()

    assert (shown.exit_code, counted.exit_code, none.exit_code, done.exit_code) == (0, 0, 1, 0)
    assert shown.stdout.splitlines() == [
        "2 dead http_403",
        "2 uncertain RemoteProtocolError",
        "4 events would be sent again; --yes does it",
    ]
    assert [found["events"] for found in json.loads(counted.stdout)] == [2]
    assert done.stdout.splitlines()[-1] == "2 events are unsent again; the next run sends them"
    assert collect.names()[6:] == ["a1", "a2"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--state", "sent"],
        ["--state", "dead", "--to", "2026-11-25"],
        ["--state", "dead", "--destination", "x"],
        ["--rejected", "--state", "dead"],
        ["--rejected", "--id", "a1"],
    ],
    ids=[
        "no state",
        "a state that arrived",
        "an end without a start",
        "an unknown destination",
        "a delivery's state of what was refused",
        "a delivery's id of what was refused",
    ],
)
def test_a_wrong_command_is_refused(world: World, arguments: list[str]) -> None:
    assert tracking(world, *arguments).exit_code == 2
