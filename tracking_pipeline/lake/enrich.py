"""What a load adds to an event from its user agent and its network: one function, one place.

Parsers and tables are pinned packages, and the row says which versions judged it (``enriched_with``): another version
may judge otherwise, and a row that was judged stays as it is until its hour is loaded again. Each distinct value is
judged once per process, in Python, and joined; the rows themselves never leave DuckDB.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from ingest_api.settings import Settings

if TYPE_CHECKING:
    import maxminddb

COLUMNS = ("is_bot", "browser", "os", "device_type", "country", "enriched_with")
AGENTS_KEPT = 100_000
NETWORKS_KEPT = 100_000

# What the pinned lists miss: headless browsers and watchers that say so. Version it when it changes.
OWN_PATTERN_VERSION = 1
_OWN_BOTS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|headless|lighthouse|pagespeed|pingdom|uptime|phantomjs|"
    r"facebookexternalhit|embedly|preview|scrapy|archiver|monitoring|puppeteer|playwright|gptbot|bingpreview",
    re.IGNORECASE,
)
# Programs that somebody wrote, which every list takes for bots: a site's own server is a client like any other.
_PROGRAMS = re.compile(
    r"^(curl|wget|python-|httpx|aiohttp|node|axios|got\b|undici|okhttp|go-http-client|java/|apache-httpclient|"
    r"ruby|php|guzzle|dart|analytics-)",
    re.IGNORECASE,
)
_DESKTOPS = ("Windows", "Mac OS X", "Linux", "Ubuntu", "Fedora", "Debian", "Chrome OS", "FreeBSD", "OpenBSD")
_FETCHED = (
    Path(__file__)
    .parents[2]
    .joinpath("deploy/country/node_modules/@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb")
)


@dataclass(frozen=True, slots=True)
class Agent:
    """What a user agent says; null where it says nothing that the pinned rules know."""

    is_bot: bool
    browser: str | None
    os: str | None
    device_type: str | None


def country_table(settings: Settings) -> Path | None:
    """Return the table of countries: the one set, else the one that `make setup` fetched, if it is there."""
    return settings.country_db or (_FETCHED if _FETCHED.exists() else None)


def enrich(connection: duckdb.DuckDBPyConnection, country_db: Path | None) -> None:
    """Judge the distinct user agents and networks of ``batch``: makes the temp tables ``agents`` and ``networks``."""
    agents = [(text, agent_of(text)) for text in _distinct(connection, "user_agent")]
    networks = [(text, country_of(text, country_db)) for text in _distinct(connection, "ip")]
    _make(
        connection,
        "agents",
        "user_agent varchar, is_bot boolean, browser varchar, os varchar, device_type varchar",
        [(text, agent.is_bot, agent.browser, agent.os, agent.device_type) for text, agent in agents],
    )
    _make(connection, "networks", "ip varchar, country varchar", networks)


@lru_cache(maxsize=AGENTS_KEPT)
def agent_of(text: str) -> Agent:
    """Judge one user agent."""
    import ua_parser

    parsed = ua_parser.parse(text)
    browser = parsed.user_agent.family if parsed.user_agent else None
    system = parsed.os.family if parsed.os else None
    family = parsed.device.family if parsed.device else ""
    is_bot = family == "Spider" or _is_bot(text)
    return Agent(is_bot, browser, system, None if is_bot else _device_type(text, system, family))


@lru_cache(maxsize=NETWORKS_KEPT)
def country_of(network: str, country_db: Path | None) -> str | None:
    """Return a network's country (ISO 3166, two letters); None where there is no table or it does not know."""
    reader = _reader(country_db)
    if reader is None:
        return None
    try:
        found = reader.get(network)
    except ValueError:
        return None
    code = found.get("country_code") if isinstance(found, dict) else None
    return code if isinstance(code, str) else None


@cache
def versions(country_db: Path | None) -> str:
    """Name the data that judges: what ``enriched_with`` holds."""
    names = {"ua-parser": "ua-parser-builtins", "crawlers": "crawler-user-agents"}
    parts = [f"{short} {metadata.version(package)}" for short, package in names.items()]
    reader = _reader(country_db)
    country = [f"country {reader.metadata().build_epoch}"] if reader else []
    return ", ".join([*parts, f"own {OWN_PATTERN_VERSION}", *country])


def _is_bot(text: str) -> bool:
    import crawleruseragents

    if _PROGRAMS.match(text):
        return False
    return bool(_OWN_BOTS.search(text)) or bool(crawleruseragents.is_crawler(text))


def _device_type(text: str, system: str | None, family: str) -> str | None:
    if family == "iPad" or "Tablet" in text or (system == "Android" and "Mobile" not in text):
        return "tablet"
    if "Mobi" in text or system in ("iOS", "Android"):
        return "mobile"
    return "desktop" if system in _DESKTOPS else None


@cache
def _reader(country_db: Path | None) -> "maxminddb.Reader | None":
    import maxminddb

    return maxminddb.open_database(country_db, maxminddb.MODE_MMAP) if country_db else None


def _distinct(connection: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    rows = connection.execute(f"select distinct {column} from batch where {column} is not null").fetchall()
    return [text for (text,) in rows]


def _make(connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    connection.execute(f"create or replace temp table {table} ({columns})")
    marks = f"({', '.join('?' * (columns.count(',') + 1))})"
    for start in range(0, len(rows), 1000):
        chunk = rows[start : start + 1000]
        values = [value for row in chunk for value in row]
        connection.execute(f"insert into {table} values {', '.join([marks] * len(chunk))}", values)
