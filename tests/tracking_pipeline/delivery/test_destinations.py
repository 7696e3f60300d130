"""What every destination has to pass, and what is each one's own. A new one needs its settings in ``world_of``."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest_api.settings import Settings
from tests.support import free_port, wait_until
from tests.tracking_pipeline.delivery.server import HANG_UP, Collect, running_collect
from tests.tracking_pipeline.delivery.world import HOUR_US, SECOND_US, World, clicks_of_three, new_world
from tracking_pipeline.delivery import due
from tracking_pipeline.delivery import state as states
from tracking_pipeline.delivery.clock import utc_of
from tracking_pipeline.delivery.destinations import ensure_destinations
from tracking_pipeline.delivery.registry import destination_of
from tracking_pipeline.delivery.sender import Limits
from tracking_pipeline.delivery.targets import OTHERS, targets

pytestmark = pytest.mark.slow

DESTINATIONS = ("ga4", *(kind.name for kind in OTHERS))
SECRET = "s3cr3t-of-tests"
NAMES = ["a1", "a2", "b1", "b2", "c1", "c2"]


def world_of(folder: Path, ga4: str, webhook: str) -> World:
    """Make a world with every destination turned on an hour ago."""
    made = new_world(
        folder, ga4, ga4_measurement_id="G-TEST", ga4_api_secret=SECRET, webhook_url=webhook, webhook_secret=SECRET
    )
    ensure_destinations(made.store.connection, made.settings, utc_of(made.received_us / 1e6 - 3600))
    return made


@pytest.fixture(params=DESTINATIONS)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def world(tmp_path: Path, collect: Collect) -> Iterator[World]:
    made = world_of(tmp_path, collect.url, f"{collect.url}/hook")
    yield made
    made.store.connection.close()


def states_at(world: World, name: str) -> dict[str, str]:
    query = "select event_name, state from delivery_status where destination = $name"
    return dict(world.store.connection.execute(query, {"name": name}).fetchall())


class TestEveryDestination:
    """The sender's promises, whatever the destination."""

    def test_sends_each_event_once_in_order(self, world: World, collect: Collect, name: str) -> None:
        world.load(clicks_of_three(world))

        first, second = world.deliver(name=name), world.deliver(name=name)

        assert states_at(world, name) == dict.fromkeys(NAMES, "sent")
        assert collect.names() == NAMES
        assert (first.sent, first.pending, second.requests) == (6, 0, 0)
        assert due.reason_to_wait(world.settings, name=name) == "Nothing is unsent."

    def test_keeps_what_is_refused_and_waits(self, world: World, collect: Collect, name: str) -> None:
        world.load(clicks_of_three(world))
        collect.then(429, retry_after="600")

        report = world.deliver(name=name)

        assert (report.sent, report.pending) == (0, 6)
        assert set(states_at(world, name).values()) <= {"retry", "unsent"}
        assert "backs off" in due.reason_to_wait(world.settings, world.clock.now(), name)
        world.pause(601)
        world.deliver(name=name)
        assert states_at(world, name) == dict.fromkeys(NAMES, "sent")

    def test_an_unknown_outcome_is_what_its_traits_say(self, world: World, collect: Collect, name: str) -> None:
        world.load([world.click("only")])
        collect.then(HANG_UP)

        world.deliver(name=name)

        unknown = destination_of(world.settings, name).traits.unknown
        assert states_at(world, name) == {"only": "uncertain" if unknown == "uncertain" else "sent"}
        assert collect.names() == ["only"] * (1 if unknown == "uncertain" else 2)

    def test_nothing_personal_and_no_secret_leaves(self, world: World, collect: Collect, name: str) -> None:
        wallet = "0x" + "a1B2c3D4e5" * 4
        properties = json.dumps({"wallet_address": wallet, "note": f"mail ann@example.com, {wallet}"})
        world.load([world.click("swap", user_id=wallet, page_url=f"https://x.test/?a={wallet}", properties=properties)])

        world.deliver(name=name)

        (body,) = collect.bodies
        assert b"swap" in body
        for private in (wallet, "ann@example.com", SECRET):
            assert private.lower().encode() not in body.lower()

    def test_requests_keep_to_its_limit(self, world: World, collect: Collect, name: str) -> None:
        most = destination_of(world.settings, name).traits.request_events
        world.load([world.click(f"n{n}", "ann", (300 - n) * SECOND_US) for n in range(most + 1)])

        world.deliver(name=name)

        assert [len(request["events"]) for request in collect.requests()] == [most, 1]

    def test_what_is_old_or_without_consent_stays(self, world: World, collect: Collect, name: str) -> None:
        world.load([world.click("old", age_us=72 * HOUR_US), world.click("no", consent="denied"), world.click("yes")])

        world.deliver(name=name)

        assert states_at(world, name) == {"old": "expired", "no": "suppressed", "yes": "sent"}
        assert collect.names() == ["yes"]

    def test_consent_taken_back_holds_for_what_still_waits(self, world: World, collect: Collect, name: str) -> None:
        world.load([world.click("refused", "ann", device_id="d-ann")])
        collect.then(429, retry_after="600")
        world.deliver(name=name)
        before, after = {"age_us": 30 * SECOND_US}, {"age_us": 10 * SECOND_US}
        world.load(
            [
                world.click("first visit", "ann", device_id="d-new", device_is_new=True, **before),
                world.click("no cookie", "ann", **before),
                world.click("another", "bob", device_id="d-bob", **before),
                world.click("no", None, consent="denied", withdrawn_device_id="d-ann", age_us=20 * SECOND_US),
                world.click("agreed again", "ann", device_id="d-ann2", **after),
            ]
        )
        world.pause(601)

        world.deliver(name=name)

        query = "select event_name, reason from delivery_status where destination = $name and state <> 'sent'"
        held = dict(world.store.connection.execute(query, {"name": name}).fetchall())
        withdrawn = dict.fromkeys(("refused", "first visit", "no cookie"), "consent_withdrawn")
        assert held == withdrawn | {"no": "consent"}
        assert sorted(collect.names()[1:]) == ["agreed_again", "another"]


def test_a_batch_is_signed_and_names_itself(world: World, collect: Collect) -> None:
    world.load([world.click("swap", properties='{"from_chain_id": 1}')])

    world.deliver(name="webhook")

    (body,), (headers,) = collect.bodies, collect.headers
    batch = json.loads(body)
    expected = hmac.new(SECRET.encode(), f"{headers['x-tracking-timestamp']}.".encode() + body, hashlib.sha256)
    assert headers["x-tracking-signature"] == f"sha256={expected.hexdigest()}"
    assert headers["idempotency-key"] == batch["batch_id"]
    (event,) = batch["events"]
    assert (event["name"], event["type"], event["user_id"]) == ("swap", "track", None)
    assert event["params"]["from_chain_id"] == 1


def test_a_dead_destination_does_not_delay_the_other(tmp_path: Path) -> None:
    with running_collect() as alive:
        world = world_of(tmp_path, f"http://127.0.0.1:{free_port()}", f"{alive.url}/hook")
        world.load(clicks_of_three(world))
        world.deliver(name="ga4")
        waits = due.reason_to_wait(world.settings, world.clock.now(), "ga4")

        world.deliver(name="webhook")

        assert "backs off" in str(waits)
        assert alive.names() == NAMES
        assert states_at(world, "webhook") == dict.fromkeys(NAMES, "sent")
        assert set(states_at(world, "ga4").values()) <= {"retry", "unsent"}
        world.store.connection.close()


def test_destinations_share_neither_lock_nor_state_nor_journals(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, webhook_url="https://x.test", webhook_secret="s")
    paths = [
        path(settings, name)
        for name in targets(settings)
        for path in (states.lock_path, states.journal_dir, lambda s, n: s.delivery_dir / f"{n}.json")
    ]

    assert len(set(paths)) == len(paths) == 3 * len(DESTINATIONS)


def test_clients_are_sent_to_in_parallel_and_each_in_order(world: World, collect: Collect) -> None:
    clicks = [world.click(f"{client}{n:02}", client, (3000 - n) * SECOND_US) for client in "abcdef" for n in range(60)]
    world.load(clicks)
    collect.hold = threading.Barrier(3, timeout=60)  # no answer before three requests are here

    report = world.deliver(Limits(connections=3))

    assert (report.sent, report.requests) == (360, 18)
    for client in "abcdef":
        assert [n for n in collect.names() if n[0] == client] == [f"{client}{n:02}" for n in range(60)]


def test_an_outage_counts_once_and_not_for_each_connection(world: World, collect: Collect) -> None:
    world.load([world.click(f"{client}1", client) for client in "abcdef"])
    collect.hold = threading.Barrier(3, timeout=60)
    for _ in range(3):
        collect.then(503)

    report = world.deliver(Limits(connections=3, run_s=3))

    assert report.retry == 3
    assert states.load(world.settings).health.refusals <= 1


def test_a_destination_that_does_not_answer_delays_no_load(world: World, collect: Collect) -> None:
    world.load([world.click("first")])
    collect.hold = threading.Barrier(2)  # no answer before it is asked for below
    sending = threading.Thread(target=world.deliver)
    sending.start()
    wait_until(lambda: collect.bodies, 60, "a request under way")

    world.load([world.click("second")])

    answered, stored = list(collect.story), world.stored()
    held, collect.hold = collect.hold, None
    held.wait(60)
    sending.join(60)
    assert (answered, stored) == ([], 2)
