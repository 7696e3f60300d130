"""GA4 streams of sources, and what a source's owner wants held back: each event goes to its own property, once."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest_api.settings import Ga4Target, Settings
from tests.tracking_pipeline.delivery.server import HANG_UP, Collect, running_collect
from tests.tracking_pipeline.delivery.world import MINUTE_US, World, new_world
from tracking_pipeline.delivery.clock import utc_of
from tracking_pipeline.delivery.ga4.destination import Ga4
from tracking_pipeline.delivery.ga4.mapping import SourceEvent
from tracking_pipeline.delivery.ga4.streams import Stream, Streams, is_local, streams_of
from tracking_pipeline.delivery.planned import Planned

SOURCES = """
[sources.web]
keys = ["w"]
catalogue_only = true
[sources.web.ga4]
measurement_id = "G-WEB"
api_secret_env = "SECRET_OF_WEB"
endpoint = "{eu}"
debug = true

[sources.app]
keys = ["a"]
"""
SECRET = "s3cr3t-of-web"


@pytest.fixture
def eu() -> Iterator[Collect]:
    with running_collect() as running:
        yield running


@pytest.fixture
def sources(tmp_path: Path, eu: Collect, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Settings of two sources, of which `web` has a stream of its own at another endpoint."""
    monkeypatch.setenv("SECRET_OF_WEB", SECRET)
    file = tmp_path / "sources.toml"
    file.write_text(SOURCES.format(eu=eu.url))
    return {"sources_file": file, "ga4_measurement_id": "G-ALL", "ga4_api_secret": "s3cr3t-of-tests"}


LOCAL = {
    "http://localhost:3000/a": True,
    "http://app.localhost/": True,
    "file:///home/dev/index.html": True,
    "http://127.0.0.1/": True,
    "http://127.8.9.10:80": True,
    "http://[::1]:8000/x": True,
    "http://0.0.0.0/": True,
    "http://LOCALHOST./": True,
    "https://localhost.example.com/": False,
    "https://example.com/?to=localhost": False,
    "https://127.0.0.1.example.com/": False,
    "http://[broken": False,
    "/only/a/path": False,
    "": False,
    None: False,
}


@pytest.mark.parametrize(("url", "expected"), LOCAL.items(), ids=map(str, LOCAL))
def test_a_developer_s_own_pages_are_told_by_their_host(url: str | None, expected: bool) -> None:
    assert is_local(url) == expected


def test_the_eu_endpoint_is_one_setting(sources: dict[str, object], tmp_path: Path, eu: Collect) -> None:
    streams = streams_of(Settings(_env_file=None, data_dir=tmp_path, **sources))

    assert streams.of("web").target.endpoint == eu.url
    assert streams.of("app") == streams.of("whoever") == streams.default
    assert streams.default.target.endpoint == "https://www.google-analytics.com"
    assert not streams.default.takes_localhost


def test_the_mark_of_debug_view_takes_the_place_of_the_last_parameter() -> None:
    stream = Stream(Ga4Target("http://x.test", "G-X", "s", standin=False, debug=True))
    own = {f"p{n:02}": n for n in range(40)}
    event = SourceEvent("e", "track", utc_of(0), "Click", properties=json.dumps(own))

    requests, closed = Ga4(Streams(stream, {}), b"key").assemble([Planned(event, "u", None, None, "2026-11-25", 4)], [])

    assert closed == []
    [ready] = requests[0].events
    params = json.loads(ready.encoded)["params"]
    assert (len(params), params["debug_mode"]) == (25, 1)
    assert "p21" in params
    assert "params_max:p22" in ready.fixes


@pytest.mark.slow
def test_each_source_feeds_its_own_property(
    tmp_path: Path, collect: Collect, eu: Collect, sources: dict[str, object]
) -> None:
    world = new_world(tmp_path, collect.url, **sources)
    own = json.dumps({"from_chain_id": 1, "of_this_site": "x"})
    world.load(
        [
            world.click("lifi_route_selected", "ann", 2 * MINUTE_US, source="web", properties=own),
            world.click("lifi_wallet_connected", "ann", source="web", properties=own),
            world.click("of_the_site", "ann", source="web", properties=own),
            world.click("a1", "ann", source="app", properties=own),
        ]
    )

    report = world.deliver()

    assert (report.sent, report.requests, report.pending) == (3, 2, 0)
    assert collect.names() == ["a1"]
    assert world.reasons()["of_the_site"] == ("suppressed", "off_catalogue")
    assert collect.paths == ["/mp/collect?measurement_id=G-ALL&api_secret=s3cr3t-of-tests"]
    assert eu.paths == [f"/mp/collect?measurement_id=G-WEB&api_secret={SECRET}"]
    (request,) = eu.requests()
    assert [event["params"]["debug_mode"] for event in request["events"]] == [1, 1]
    assert [event["name"] for event in request["events"]] == ["lifi_route_selected", "lifi_wallet_connected"]
    assert all("of_this_site" not in event["params"] for event in request["events"])
    (event,) = collect.requests()[0]["events"]
    assert event["params"]["of_this_site"] == "x"
    assert "debug_mode" not in event["params"]
    query = "select e.source, d.stream from deliveries d join events e using (event_id) where state = 'leased'"
    assert set(world.store.connection.execute(query).fetchall()) == {("web", "G-WEB"), ("app", "G-ALL")}
    assert SECRET not in str(world.store.connection.execute("from deliveries").fetchall())
    world.store.connection.close()


@pytest.mark.slow
def test_pages_on_localhost_reach_no_real_property_unasked(world: World, collect: Collect) -> None:
    pages = {"local": "http://localhost:5173/swap", "public": "https://swap.example/"}
    world.load([world.click(name, page_url=url) for name, url in pages.items()])
    world.deliver()
    held = world.reasons()
    world.settings = world.settings.model_copy(update={"ga4_localhost": True})
    world.load([world.click("asked for", page_url=pages["local"])])

    world.deliver()

    assert held == {"local": ("suppressed", "localhost"), "public": ("sent", None)}
    assert collect.names() == ["public", "asked_for"]


@pytest.mark.slow
def test_only_what_cannot_count_twice_is_sent_again(world: World, collect: Collect) -> None:
    bought = json.dumps({"transaction_id": "t-1", "value": 3, "currency": "USD"})
    world.load(
        [
            world.click("bought", age_us=3 * MINUTE_US, event_name="purchase", properties=bought),
            world.click("no id", "bob", 2 * MINUTE_US, event_name="purchase"),
            world.click("other", age_us=2 * MINUTE_US),
        ]
    )
    for _ in range(2):
        collect.then(HANG_UP)

    world.deliver()

    query = "select message_id, state from delivery_status"
    states = dict(world.store.connection.execute(query).fetchall())
    assert states == {"bought": "sent", "no id": "uncertain", "other": "uncertain"}
    assert collect.names() == ["purchase", "other", "purchase", "purchase"]
    assert collect.requests()[-1]["events"][0]["params"]["transaction_id"] == "t-1"
