"""What a load adds: bots, browser, system, device, country, and the versions of the data that said so."""

from importlib import metadata
from pathlib import Path

import pytest
from pydantic import ValidationError

from ingest_api.schema import Event
from ingest_api.settings import Settings
from tests.tracking_pipeline.lake.parts import at, event, hours, write_part
from tracking_pipeline.lake import enrich
from tracking_pipeline.lake.enrich import Agent, agent_of, country_of
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.load import load_hours

TABLE = enrich.country_table(Settings(_env_file=None))
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0"
    " Mobile/15E148 Safari/604.1"
)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)
IPAD = (
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148"
    " Safari/604.1"
)
PIXEL = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile"
    " Safari/537.36"
)
HEADLESS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36"
)
GPT = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.2; +https://openai.com/gptbot"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CHROME, Agent(False, "Chrome", "Windows", "desktop")),
        (IPHONE, Agent(False, "Mobile Safari", "iOS", "mobile")),
        (IPAD, Agent(False, "Mobile Safari", "iOS", "tablet")),
        (PIXEL, Agent(False, "Chrome Mobile", "Android", "mobile")),
        (PIXEL.replace(" Mobile", ""), Agent(False, "Chrome", "Android", "tablet")),
        ("nothing that anybody knows", Agent(False, None, None, None)),
    ],
    ids=["desktop", "phone", "iPad", "Android phone", "Android tablet", "unknown"],
)
def test_a_user_agent_says_browser_system_and_device(text: str, expected: Agent) -> None:
    assert agent_of(text) == expected


@pytest.mark.parametrize(
    "text",
    ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", HEADLESS, GPT, "Slackbot 1.0"],
    ids=["Googlebot", "headless", "GPTBot", "Slackbot"],
)
def test_bots_are_known(text: str) -> None:
    assert agent_of(text).is_bot


@pytest.mark.parametrize("text", ["curl/8.14.1", "python-httpx/0.28.1", "node", "analytics-python/2.4.0", "axios/1.7"])
def test_a_program_that_somebody_wrote_is_no_bot(text: str) -> None:
    assert not agent_of(text).is_bot


def test_every_row_says_which_data_judged_it(store: Store) -> None:
    write_part(
        store.landing,
        [
            event("phone", at(4), user_agent=IPHONE, ip="198.51.100.0"),
            event("bot", at(4), user_agent=GPT),
            event("server", at(4)),
        ],
        "1",
    )

    load_hours(store, hours(4))

    rows = store.connection.execute(
        "select message_id, is_bot, browser, os, device_type, enriched_with from events order by all"
    ).fetchall()
    judged_by = rows[0][-1]
    assert rows == [
        ("bot", True, "GPTBot", None, None, judged_by),
        ("phone", False, "Mobile Safari", "iOS", "mobile", judged_by),
        ("server", False, None, None, None, judged_by),
    ]
    assert f"ua-parser {metadata.version('ua-parser-builtins')}" in judged_by
    assert f"crawlers {metadata.version('crawler-user-agents')}" in judged_by


def test_copies_are_judged_too(store: Store) -> None:
    copies: list[Event] = [event("a", at(4), at(4), user_agent=GPT), event("a", at(4, 1), at(4), user_agent=GPT)]
    write_part(store.landing, copies, "1")

    load_hours(store, hours(4))

    for table in ("events", "duplicates"):
        assert store.connection.execute(f"select is_bot from {table}").fetchall() == [(True,)]


def test_without_a_table_of_countries_there_is_no_country() -> None:
    assert country_of("8.8.8.0", None) is None
    assert "country" not in enrich.versions(None)


def test_a_table_of_countries_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="country_db"):
        Settings(_env_file=None, data_dir=tmp_path, country_db=tmp_path / "none.mmdb")


@pytest.mark.skipif(TABLE is None, reason="the table of countries is not installed")
@pytest.mark.parametrize(
    ("network", "country"), [("8.8.8.0", "US"), ("85.214.132.0", "DE"), ("10.0.0.0", None), ("no address", None)]
)
def test_a_network_has_a_country(network: str, country: str | None) -> None:
    assert country_of(network, TABLE) == country
    assert "country 1" in enrich.versions(TABLE)
