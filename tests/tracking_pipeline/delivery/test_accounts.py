"""What became of every stored event: sums that hold, checks that turn red, and the reason in words."""

import datetime as dt
import json

import dagster as dg
import pytest
from typer.testing import CliRunner

from tests.tracking_pipeline.delivery.server import HANG_UP, Collect
from tests.tracking_pipeline.delivery.world import HOUR_US, MINUTE_US, World, clicks_of_three
from tracking_pipeline.cli import make_app
from tracking_pipeline.definitions import build
from tracking_pipeline.delivery.accounts import TERMS, strays
from tracking_pipeline.delivery.accounts import delivery_accounts as read_accounts
from tracking_pipeline.names import ACCOUNTS_JOB

pytestmark = [pytest.mark.slow, pytest.mark.drill, pytest.mark.filterwarnings("ignore")]

HELD = "it may have arrived, so it is not sent again unasked"


def world_of_every_fate(world: World, collect: Collect) -> World:
    """Two events each dead and uncertain, one each sent, suppressed, expired, waiting and before its time."""
    world.load(clicks_of_three(world)[:4])
    collect.then(403)
    collect.then(HANG_UP)
    world.deliver()
    world.load([world.click("yes"), world.click("no", consent="denied"), world.click("old", age_us=72 * HOUR_US)])
    world.deliver()
    world.load([world.click("waits", age_us=60 * HOUR_US)])
    return world


def checked(world: World) -> tuple[dict[str, bool], dict[str, object]]:
    """Run the asset as its schedule does; return its checks and its metadata."""
    defs = build(world.settings.model_copy(update={"start_date": dt.date(2026, 11, 25)}))
    with dg.instance_for_test() as instance:
        done = defs.resolve_job_def(ACCOUNTS_JOB).execute_in_process(instance=instance)
    [made] = done.get_asset_materialization_events()
    numbers = {name: value.value for name, value in made.materialization.metadata.items()}
    return {one.check_name: one.passed for one in done.get_asset_check_evaluations()}, numbers


def test_every_stored_event_is_in_one_term(world: World, collect: Collect) -> None:
    world_of_every_fate(world, collect)

    checks, numbers = checked(world)

    fates = {"sent": 1, "pending": 1, "uncertain": 2, "expired": 1, "dead": 2, "suppressed": 1}
    assert {name: numbers[name] for name in TERMS if name != "destination"} == {"stored": 8, **fates, "residual": 0}
    assert checks == {"deliveries_add_up": True, "deliveries_in_time": False, "destinations_take_requests": True}
    rows = world.store.connection.execute("select destination, source, stored from delivery_accounts").fetchall()
    assert sorted(rows) == [("ga4", "site", 8)]


DAMAGE = (
    "delete from events where event_name = 'a1'",
    "insert into events from events where event_name = 'a1'",
    "insert into deliveries select * replace ('lost' as state, load_id + 9 as load_id) from deliveries limit 1",
)


def test_a_gap_is_seen(world: World, collect: Collect) -> None:
    world.load(clicks_of_three(world))
    world.deliver()

    def is_sound() -> bool:
        now = world.clock.utc()
        sums = read_accounts(world.store.connection, now)
        return all(account.adds_up for account in sums) and strays(world.store.connection, now) == 0

    assert is_sound()
    for damage in DAMAGE:
        world.store.connection.execute("begin")
        world.store.connection.execute(damage).fetchall()
        assert not is_sound(), damage
        world.store.connection.execute("rollback")


def test_gaps_and_rejections_turn_checks_red(world: World, collect: Collect) -> None:
    world.load(clicks_of_three(world))
    for _ in range(3):
        collect.then(403)
    world.deliver()
    world.store.connection.execute(DAMAGE[0]).fetchall()

    assert checked(world)[0] == {
        "deliveries_add_up": False,
        "deliveries_in_time": True,
        "destinations_take_requests": False,
    }


def test_views_say_why_an_event_is_not_there_and_what_expires_next(world: World, collect: Collect) -> None:
    world_of_every_fate(world, collect)
    world.load([world.click("later", age_us=MINUTE_US)])
    ask = world.store.connection.execute

    why = dict(ask("select event_name, why from undelivered").fetchall())
    order = [name for (name,) in ask("select event_name from expires_next").fetchall()]
    failures = ask("select state, reason, events, replayable from delivery_failures").fetchall()

    no_answer = f"no answer came (RemoteProtocolError): {HELD}"
    assert why == {
        **dict.fromkeys(("a1", "a2"), "the request was rejected with status 403"),
        **dict.fromkeys(("b1", "b2"), no_answer),
        "no": "it carries no consent",
        "old": "it was 71.5 hours old before it could be sent: its time would have been changed",
        "waits": "it waits for the next run",
        "later": "it waits for the next run",
    }
    assert order == ["waits", "later"]
    assert failures == [
        ("dead", "http_403", 2, 2),
        ("uncertain", "RemoteProtocolError", 2, 2),
        ("expired", None, 1, 0),
        ("suppressed", "consent", 1, 1),
    ]


REASONS = {
    ("unsent", None, "replayed"): "it waits for the next run (sent again on purpose)",
    ("unsent", None, "new"): "it waits for the next run (new)",
    ("retry", 503, "http_503"): "it was refused for now (http_503) and will be tried again",
    ("retry", None, "ConnectError"): "it was refused for now (ConnectError) and will be tried again",
    ("retry", 500, "http_500"): "it may have arrived (http_500); a copy of it does no harm, so it will be tried again",
    ("uncertain", 500, "http_500"): f"the answer was status 500: {HELD}",
    ("uncertain", None, "no_outcome"): f"the run died while its request was under way: {HELD}",
    ("uncertain", None, "journal_missing"): f"the run died and its send journal is missing: {HELD}",
    ("uncertain", None, "restored"): (
        f"the backup that the lake was restored from does not know whether it was sent: {HELD}"
    ),
    ("suppressed", None, "off_catalogue"): (
        "the catalogue does not know it, and its source sends nothing else (catalogue_only)"
    ),
    ("suppressed", None, "consent_withdrawn"): "its visitor took consent back before it was sent",
}


def test_every_reason_has_its_own_words(world: World) -> None:
    world.load([world.click(str(n)) for n in range(len(REASONS))])
    for number, (state, status, reason) in enumerate(REASONS):
        world.store.connection.execute(
            "insert into deliveries (event_id, destination, state, attempt_id, http_status, reason, recorded_at,"
            " load_id, date, hour) select event_id, 'ga4', $state, 'a', $status, $reason, received_at, load_id + 1,"
            " date, hour from events where event_name = $name",
            {"state": state, "status": status, "reason": reason, "name": str(number)},
        ).fetchall()

    rows = world.store.connection.execute("select state, http_status, reason, why from undelivered").fetchall()

    assert {row[:3]: row[3] for row in rows} == REASONS


def test_trace_says_it_too(world: World, collect: Collect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKING_DATA_DIR", str(world.settings.data_dir))
    world.received_us -= 2 * HOUR_US
    world.load([world.click("early")])
    world.received_us += 2 * HOUR_US
    world_of_every_fate(world, collect)

    def last(name: str) -> tuple[str, str]:
        step = json.loads(CliRunner().invoke(make_app(["trace"]), ["trace", name, "--json"]).stdout)[-1]
        return step["what"], step["detail"]

    assert last("no") == ("suppressed", "ga4, it carries no consent")
    assert last("waits")[1].startswith("ga4, it waits for the next run, expires 2")
    assert last("early")[0] == "not for"
    assert last("early")[1].startswith("ga4, it was turned on at ")
    assert last("yes")[0] == "sent"


def test_a_run_warns_of_what_expires_soon(world: World, collect: Collect, caplog: pytest.LogCaptureFixture) -> None:
    world.load([world.click("soon", age_us=60 * HOUR_US), world.click("later")])
    collect.then(429, retry_after="600")

    report = world.deliver()

    assert (report.pending, report.expiring) == (2, 1)
    assert "events expire soon destination=ga4 events=1" in caplog.text
