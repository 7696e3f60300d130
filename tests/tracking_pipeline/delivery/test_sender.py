"""What one run does with what GA4 answers: a real lake, a real server on this machine."""

import json
import logging
import socket
from dataclasses import replace

import httpx
import pytest

from ingest_api.settings import Settings
from tests.ports import free_port
from tests.tracking_pipeline.delivery.server import HANG_UP, Collect
from tests.tracking_pipeline.delivery.test_requests import ready
from tests.tracking_pipeline.delivery.world import HOUR_US, SECOND_US, World, clicks_of_three
from tracking_pipeline.delivery import due
from tracking_pipeline.delivery import state as states
from tracking_pipeline.delivery.ga4 import rules
from tracking_pipeline.delivery.ga4.client import Ga4Client
from tracking_pipeline.delivery.parcel import Request
from tracking_pipeline.delivery.sender import Limits, deliver

pytestmark = pytest.mark.slow

SECRET = "s3cr3t-of-tests"
ALL_SENT = dict.fromkeys(("a1", "a2", "b1", "b2", "c1", "c2"), "sent")


def test_accepted_events_are_sent_once(world: World, collect: Collect) -> None:
    world.load(clicks_of_three(world))

    first = world.deliver()
    second = world.deliver()

    assert world.states() == ALL_SENT
    assert collect.names() == ["a1", "a2", "b1", "b2", "c1", "c2"]
    assert (first.sent, first.requests, first.pending, first.stopped_reason) == (6, 3, 0, None)
    assert (second.sent, second.requests, second.recovered) == (0, 0, 0)
    assert due.reason_to_wait(world.settings) == "Nothing is unsent."


def test_an_event_loaded_later_makes_a_run_due(world: World, collect: Collect) -> None:
    world.load(clicks_of_three(world))
    world.deliver()
    world.load([world.click("later")])

    before = due.reason_to_wait(world.settings)
    world.deliver()

    assert before is None
    assert world.states() == {**ALL_SENT, "later": "sent"}
    assert collect.names().count("later") == 1


def test_a_long_retry_after_ends_the_run_and_keeps_the_wish(world: World, collect: Collect) -> None:
    world.load(clicks_of_three(world))
    collect.then(429, retry_after="600")

    report = world.deliver()

    now = world.clock.now()
    expected = {**dict.fromkeys(ALL_SENT, "unsent"), "a1": "retry", "a2": "retry"}
    assert world.states() == expected
    assert (report.requests, report.retry, report.pending) == (1, 2, 6)
    assert 590 < states.load(world.settings).wake_at - now <= 600
    assert "GA4 delivery backs off for" in due.reason_to_wait(world.settings, now)
    assert "(6 events wait)" in due.reason_to_wait(world.settings, now)
    assert due.reason_to_wait(world.settings, now + 601) is None

    world.pause(601)
    world.deliver()

    assert world.states() == ALL_SENT
    assert sorted(collect.names()) == ["a1", "a1", "a2", "a2", "b1", "b2", "c1", "c2"]


@pytest.mark.parametrize(("status", "headers"), [(503, {}), (429, {"retry_after": "3"})], ids=["503", "429"])
def test_a_short_refusal_is_tried_again_in_the_same_run(
    world: World, collect: Collect, status: int, headers: dict[str, str]
) -> None:
    world.load([world.click("only")])
    collect.then(status, **headers)

    report = world.deliver()

    assert world.states() == {"only": "sent"}
    assert collect.names() == ["only", "only"]
    assert (report.retry, report.sent, report.stopped_reason) == (1, 1, None)
    assert world.ahead_s >= (3 if headers else 1)


def test_three_rejections_in_a_row_stop_the_run_and_cost_no_event(world: World, collect: Collect) -> None:
    world.load([*clicks_of_three(world), world.click("d1", "d")])
    for _ in range(3):
        collect.then(400)

    report = world.deliver()

    assert world.reasons() == {**dict.fromkeys(ALL_SENT, ("retry", "http_400")), "d1": ("unsent", "not_reached")}
    assert (report.requests, report.dead, report.retry, report.pending) == (3, 0, 6, 7)
    assert report.stopped_reason == "GA4 rejects requests (http_400): check endpoint and settings"
    assert "(7 events wait)" in due.reason_to_wait(world.settings, world.clock.now())

    world.pause(301)
    cured = world.deliver()

    assert world.states() == {**ALL_SENT, "d1": "sent"}
    assert (cured.sent, cured.pending) == (7, 0)
    assert collect.names()[6:] == ["d1", "a1", "a2", "b1", "b2", "c1", "c2"]


def test_rejections_in_a_row_over_several_runs_cost_no_event(world: World, collect: Collect) -> None:
    for name in ("first", "second", "third"):
        collect.then(403)
        world.load([world.click(name)])
        report = world.deliver()

    assert world.reasons() == dict.fromkeys(("first", "second", "third"), ("retry", "http_403"))
    assert (report.dead, report.retry, report.pending) == (0, 3, 3)

    world.pause(301)
    world.deliver()

    assert world.states() == dict.fromkeys(("first", "second", "third"), "sent")


def test_what_is_rejected_again_though_others_are_taken_is_dead(world: World, collect: Collect) -> None:
    world.load([*clicks_of_three(world), world.click("d1", "d")])
    for answer in (400, 400, 400, 204, 400, 400, 400):
        collect.then(answer)
    world.deliver()
    world.pause(301)

    report = world.deliver()

    assert world.reasons() == {**dict.fromkeys(ALL_SENT, ("dead", "http_400")), "d1": ("sent", None)}
    assert (report.sent, report.dead, report.retry, report.pending) == (1, 6, 0, 0)


def test_one_rejection_among_others_stops_nothing(world: World, collect: Collect) -> None:
    world.load(clicks_of_three(world))
    collect.then(400)

    report = world.deliver()

    assert world.states() == {**ALL_SENT, "a1": "dead", "a2": "dead"}
    assert (report.requests, report.stopped_reason) == (3, None)


def test_after_rejections_one_event_probes(world: World, collect: Collect) -> None:
    world.load([*clicks_of_three(world), world.click("d1", "d", 2 * SECOND_US), world.click("d2", "d", SECOND_US)])
    for _ in range(4):
        collect.then(400)
    world.deliver()
    world.pause(301)

    report = world.deliver()

    assert (report.requests, report.dead, report.pending) == (1, 0, 8)
    assert collect.names()[6:] == ["d1"]
    assert (world.states()["d1"], world.states()["d2"]) == ("retry", "unsent")


def test_a_refused_connection_loses_nothing(world: World, collect: Collect) -> None:
    away = world.settings.model_copy(update={"ga4_endpoint": f"http://127.0.0.1:{free_port()}"})
    world.load(clicks_of_three(world))
    retarget(world, away)

    report = world.deliver()

    assert set(world.states().values()) <= {"unsent", "retry"}
    assert (report.sent, report.uncertain, report.dead, report.pending) == (0, 0, 0, 6)
    assert "ConnectError" in str(report.stopped_reason)
    assert collect.bodies == []


def retarget(world: World, settings: Settings) -> None:
    """Move the sender to another address of the same destination."""
    identity = settings.ga4.identity
    world.store.connection.execute("update destinations set target = $target", {"target": identity}).fetchall()
    world.settings = settings


def test_a_connection_closed_without_an_answer_is_uncertain_and_not_sent_again(world: World, collect: Collect) -> None:
    world.load(clicks_of_three(world))
    collect.then(HANG_UP)

    first = world.deliver()
    second = world.deliver()

    assert world.states() == {**ALL_SENT, "a1": "uncertain", "a2": "uncertain"}
    assert world.reasons()["a1"] == ("uncertain", "RemoteProtocolError")
    assert collect.names() == ["a1", "a2", "b1", "b2", "c1", "c2"]
    assert (first.uncertain, first.sent, second.requests) == (2, 4, 0)


def test_after_three_unknown_outcomes_one_event_probes(world: World, collect: Collect) -> None:
    world.load([*clicks_of_three(world), world.click("d1", "d", 2 * SECOND_US), world.click("d2", "d", SECOND_US)])
    for _ in range(4):
        collect.then(HANG_UP)
    first = world.deliver()
    world.pause(3600)

    second = world.deliver()

    assert (first.uncertain, first.pending, second.requests) == (6, 2, 1)
    assert first.stopped_reason == "outcomes are unknown (RemoteProtocolError): probing later"
    assert world.states() == {**dict.fromkeys(ALL_SENT, "uncertain"), "d1": "uncertain", "d2": "unsent"}


def test_an_answer_that_does_not_come_in_time_is_uncertain(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = replace(world.settings.ga4, endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with Ga4Client(target, timeout=httpx.Timeout(0.2)) as client:
            outcome = client.send(Request("r", "a", (ready(1),)))

    assert (outcome.state, outcome.http_status, outcome.reason) == ("uncertain", None, "ReadTimeout")


@pytest.mark.parametrize(("status", "state"), [(500, "uncertain"), (502, "uncertain"), (302, "dead"), (413, "dead")])
def test_other_answers_are_final(world: World, collect: Collect, status: int, state: str) -> None:
    world.load([world.click("only")])
    collect.then(status)

    world.deliver()
    world.deliver()

    assert world.reasons() == {"only": (state, f"http_{status}")}
    assert collect.names() == ["only"]


def test_events_too_old_are_expired_and_never_sent(world: World, collect: Collect) -> None:
    world.load([world.click("old", age_us=72 * HOUR_US), world.click("young", age_us=71 * HOUR_US)])

    world.deliver()

    assert world.states() == {"old": "expired", "young": "sent"}
    assert collect.names() == ["young"]


def test_an_event_that_expires_after_its_lease_does_not_leave(world: World, collect: Collect) -> None:
    world.load([world.click("edge", age_us=71 * HOUR_US)])
    long = Limits(run_s=7200, connections=1)

    report = deliver(world.settings, clock=world.clock, limits=long, step=lambda name: outlast(world, name))

    assert (report.sent, report.requests) == (0, 0)
    assert world.reasons() == {"edge": ("unsent", "expired_before_sending")}
    assert collect.bodies == []


def outlast(world: World, step: str) -> None:
    """Let an hour pass between the lease and the first request."""
    world.ahead_s += 3600 * (step == "leased")


def test_events_without_consent_reach_no_destination(world: World, collect: Collect) -> None:
    withheld = [
        world.click(state, consent=state, anonymous_id=None, device_id="daily") for state in ("denied", "unknown")
    ]
    world.load([*withheld, world.click("granted", consent="granted"), world.click("not asked")])

    world.deliver()

    assert sorted(collect.names()) == ["granted", "not_asked"]
    assert world.reasons() == {
        "denied": ("suppressed", "consent"),
        "unknown": ("suppressed", "consent"),
        "granted": ("sent", None),
        "not asked": ("sent", None),
    }


def test_bots_and_calls_without_a_form_are_suppressed(world: World, collect: Collect) -> None:
    robot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    agent = {"user_agent": robot, "context": json.dumps({"userAgent": robot})}
    unformed = [world.click(kind, type=kind) for kind in ("identify", "alias")]
    world.load([world.click("robot", **agent), *unformed, world.click("person")])

    report = world.deliver()
    world.deliver()

    assert world.reasons() == {
        "robot": ("suppressed", "bot"),
        "identify": ("suppressed", "no_ga4_form"),
        "alias": ("suppressed", "no_ga4_form"),
        "person": ("sent", None),
    }
    assert report.suppressed == 3
    assert collect.names() == ["person"]


def test_what_a_user_said_of_themselves_does_not_outlive_their_consent(world: World, collect: Collect) -> None:
    said = world.click("who", "ann", type="identify", traits='{"plan":"pro"}', device_id="d1", age_us=40 * SECOND_US)
    world.load([said, world.click("agreed", "ann", device_id="d1", age_us=30 * SECOND_US)])
    world.deliver()
    world.load(
        [
            world.click("no", None, consent="denied", withdrawn_device_id="d1", age_us=20 * SECOND_US),
            world.click("agreed again", "ann", device_id="d2", age_us=10 * SECOND_US),
        ]
    )

    world.deliver()

    agreed, again = collect.requests()
    assert agreed["user_properties"].keys() == {"plan"}
    assert again["events"][0]["name"] == "agreed_again"
    assert "user_properties" not in again


def test_another_property_gets_no_history(world: World, collect: Collect) -> None:
    world.load(clicks_of_three(world))
    world.deliver()
    world.settings = world.settings.model_copy(update={"ga4_measurement_id": "G-OTHER"})

    report = world.deliver()

    assert (report.requests, report.sent) == (0, 0)
    assert len(collect.names()) == 6
    assert world.states() == {}


def test_requests_keep_to_the_limits_and_to_one_client(world: World, collect: Collect) -> None:
    few = [world.click(f"ann_{n:02}", "ann", (100 - n) * SECOND_US) for n in range(60)]
    long = json.dumps({f"p{n:02}": "é" * 100 for n in range(23)})
    many = [world.click(f"bob_{n:02}", "bob", (200 - n) * SECOND_US, properties=long) for n in range(60)]
    world.load([*reversed(few), *reversed(many)])

    world.deliver()

    assert all(len(body) < rules.MAX_BODY_BYTES for body in collect.bodies)
    assert sorted(collect.names()) == sorted(e.event_name for e in [*few, *many])
    for request in collect.requests():
        events = request["events"]
        assert 1 <= len(events) <= rules.MAX_EVENTS
        assert len({event["name"][:3] for event in events}) == 1
        assert [e["timestamp_micros"] for e in events] == sorted(e["timestamp_micros"] for e in events)
    assert [len(request["events"]) for request in collect.requests() if len(request["events"]) == 25] == [25] * 4
    assert len({request["client_id"] for request in collect.requests()}) == 2


def test_events_of_one_client_leave_in_order_of_time(world: World, collect: Collect) -> None:
    clicks = [world.click(f"n{n:02}", "ann", (100 - n) * SECOND_US) for n in range(60)]
    world.load(list(reversed(clicks)))

    world.deliver()

    assert collect.names() == [f"n{n:02}" for n in range(60)]


def test_the_secret_leaves_in_the_url_alone(world: World, collect: Collect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.load(clicks_of_three(world))
    for answer in (400, HANG_UP):
        collect.then(answer)

    world.deliver()

    assert collect.paths == [f"/mp/collect?measurement_id=G-TEST&api_secret={SECRET}"] * 3
    assert not any(SECRET.encode() in body for body in collect.bodies)
    assert caplog.text
    assert SECRET not in caplog.text
    for path in world.settings.delivery_dir.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()
    ledger = world.store.connection.execute("select * from deliveries").fetchall()
    assert ledger
    assert SECRET not in str(ledger)


def test_only_one_sender_runs_at_a_time(world: World, collect: Collect) -> None:
    world.load(clicks_of_three(world))
    others: list[str | None] = []

    def step(name: str) -> None:
        if name == "leased":
            others.append(world.deliver().stopped_reason)
            others.append(due.reason_to_wait(world.settings))

    deliver(world.settings, clock=world.clock, step=step)

    assert others == ["another sender is running", "A delivery run is under way."]
    assert world.states() == ALL_SENT


def test_after_two_days_of_refusals_all_that_is_young_goes_out_once_in_order_with_its_time(
    world: World, collect: Collect
) -> None:
    outage_h, ages_h = 48, (30, 23.4, 23.6, 10, 1)  # ages when it begins
    clicks = [
        world.click(f"{client}{n}", client, round(age * HOUR_US)) for client in "abc" for n, age in enumerate(ages_h)
    ]
    world.load(clicks)
    online = world.settings
    retarget(world, online.model_copy(update={"ga4_endpoint": f"http://127.0.0.1:{free_port()}"}))
    for _ in range(2):
        refused = world.deliver()
        world.pause(outage_h / 2 * 3600 - 100)
    assert (refused.sent, refused.dead, refused.uncertain) == (0, 0, 0)
    retarget(world, online)
    world.ahead_s = outage_h * 3600

    report = world.deliver()

    young = [f"{client}{n}" for client in "abc" for n in (1, 3, 4)]
    assert (report.sent, report.pending, report.stopped_reason) == (9, 0, None)
    assert sorted(collect.names()) == young
    for request in collect.requests():
        assert [event["name"][1] for event in request["events"]] == ["1", "3", "4"]
    at = {click.event_name: click.occurred_at for click in clicks}
    assert all(e["timestamp_micros"] == at[e["name"]] for r in collect.requests() for e in r["events"])
    assert world.stored() == 15
