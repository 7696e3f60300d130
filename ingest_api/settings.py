"""The one frozen Settings of both halves, read once at start and passed down.

Every value comes from the environment (prefix ``TRACKING_``) or a ``.env`` file in the working folder.
A bad value stops the process with the variable's name; the value itself is never printed.
"""

import datetime as dt
import hashlib
import ipaddress
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from pydantic import AliasChoices, Field, FilePath, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingest_api.consent import DEFAULT_CATEGORIES, Rules
from ingest_api.keys import Keys
from ingest_api.limits import Rate, parse_rate
from ingest_api.origins import Origins, parse_origins, union
from ingest_api.privacy import IpMode
from ingest_api.sources import Defaults, Source, by_key, load_sources, parse_keys, sources_of_keys

MAX_SOCKET_PATH = 100  # sun_path holds 108 bytes on Linux; leave room for the file name
GA4_DEFAULT_ENDPOINT = "https://www.google-analytics.com"
MIN_HASH_KEY_CHARS = 16
STANDIN_MEASUREMENT_ID = "G-STANDIN"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(Exception):
    """A setting is missing or unusable; the message names the variable and the cure, never the value."""


@dataclass(frozen=True, slots=True)
class Ga4Target:
    """Where GA4 requests go: base URL, stream and its secret; ``standin`` when nothing leaves the machine."""

    endpoint: str
    measurement_id: str
    api_secret: str
    standin: bool
    debug: bool = False  # events show in DebugView

    @property
    def identity(self) -> str:
        """Name the property this target feeds; another identity is a new destination (no history is sent)."""
        return f"{self.endpoint} {self.measurement_id}"


class Settings(BaseSettings):
    """All settings. Field descriptions are the README's settings table (a test compares them)."""

    model_config = SettingsConfigDict(
        env_prefix="TRACKING_", env_file=".env", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    data_dir: Path = Field(Path("data"), description="Folder that holds everything on disk")
    host: str = Field("127.0.0.1", description="Address that collector, Dagster UI and stand-in listen on")
    port: int = Field(8000, ge=1, le=65535, description="Port of the collector")
    dagster_port: int = Field(3000, ge=1, le=65535, description="Port of the Dagster UI")
    dagster_hosts: str = Field(
        "", description="Host names of the Dagster UI, with commas between; addresses and localhost always work"
    )
    standin_port: int = Field(8010, ge=1, le=65535, description="Port of the GA4 stand-in")
    workers: int = Field(1, ge=1, le=64, description="Collector worker processes")
    write_keys: str = Field("demo", description="Accepted write keys: `key` or `source:key`, separated by commas")
    sources_file: Path | None = Field(
        None, description="TOML file with a table for each source (docs/sources.md); `demo` is then no key"
    )
    allowed_origins: str = Field(
        "",
        description="Origins that browsers may post from, with commas between; empty: any, without credentials",
    )
    rate_limit: str = Field(
        "off", description="Requests that one client address may send: `off`, or such as `100/s`, `6000/m`"
    )
    key_rate_limit: str = Field("off", description="Requests that each source may send, all clients together")
    script_path: str = Field("/m.js", pattern=r"^(/[A-Za-z0-9_.-]+)+\.js$", description="Path of the tracker script")
    batch_path: str = Field(
        "/v1/batch",
        pattern=r"^(/[A-Za-z0-9_.-]+)+$",
        description="Path that the script posts to; `/v1/batch` works too",
    )
    trusted_proxies: str = Field(
        "", description="Networks of proxies whose X-Forwarded-* and Forwarded headers count, with commas between"
    )
    cookie_name: str = Field(
        "_tid", pattern=r"^[A-Za-z0-9_!#$%&'*+.^`|~-]{1,64}$", description="Name of the first-party device id cookie"
    )
    cookie_domain: str = Field(
        "",
        pattern=r"^\.?[A-Za-z0-9.-]*$",
        description="Domain of the device id cookie; empty: the collector's own host",
    )
    consent: Literal["off", "required"] = Field(
        "off", description="`off`: events that say nothing count as agreed; `required`: as not (docs/privacy.md)"
    )
    consent_categories: str = Field(
        DEFAULT_CATEGORIES, description="Consent categories that are about analytics, with commas between"
    )
    gpc: bool = Field(False, description="Take a browser's Global Privacy Control (`Sec-GPC: 1`) for a denial")
    dnt: bool = Field(False, description="Take a browser's `DNT: 1` for a denial")
    ip: IpMode = Field("truncated", description="Client addresses: `truncated` (/24, /48), `full` or `none` are stored")
    hash_key: str = Field(
        "", repr=False, description="Key of wallet ids, 16 characters or more; empty: made once, in `data/keys/`"
    )
    seal_after_s: float = Field(0.5, gt=0, le=60, description="Age at which a spool segment is closed, seconds")
    reserve_mb: int = Field(256, ge=0, description="Free disk space below which the collector answers 503, megabytes")
    spool_limit_mb: int = Field(
        4000, ge=0, description="Unpublished events above which the collector answers 503, megabytes; 0: no limit"
    )
    catalog: str = Field("", description="DuckLake ATTACH string; empty: SQLite under the data folder")
    timezone: str = Field("UTC", description="Time zone of the days in daily metrics")
    session_cut_at_midnight: bool = Field(
        False, description="End sessions at midnight of that time zone (docs/metrics.md)"
    )
    session_cut_at_campaign: bool = Field(False, description="End sessions when a new campaign comes (docs/metrics.md)")
    country_db: FilePath | None = Field(
        None, description="Table of networks and countries (MaxMind DB file); empty: the one that `make setup` fetched"
    )
    analytics_days: int = Field(
        400, ge=0, description="Days of events in `data/analytics.duckdb`; 0: that file is not published"
    )
    start_date: dt.date | None = Field(
        None, description="First day of Dagster's hourly partitions; empty: fixed at install"
    )
    history_days: int = Field(14, ge=1, description="Days that Dagster runs which did not succeed are kept")
    history_hours: int = Field(4, ge=1, description="Hours that Dagster runs which succeeded are kept")
    snapshot_hours: int = Field(1, ge=1, description="Hours of lake snapshots that are kept (time travel)")
    ga4_measurement_id: str = Field(
        "",
        validation_alias=AliasChoices("ga4_measurement_id", "ga_measurement_id"),
        description="GA4 web stream, `G-…`; empty with the secret empty: the local stand-in",
    )
    ga4_api_secret: str = Field(
        "",
        repr=False,
        validation_alias=AliasChoices("ga4_api_secret", "ga_api_secret"),
        description="Measurement Protocol secret of that stream",
    )
    ga4_endpoint: str = Field(
        "",
        validation_alias=AliasChoices("ga4_endpoint"),
        description="Base URL of the GA4 collect server; empty: Google's, or the stand-in's without secrets",
    )
    ga4_debug: bool = Field(
        False,
        validation_alias=AliasChoices("ga4_debug"),
        description="Mark events so that they show in GA4's DebugView",
    )
    ga4_localhost: bool = Field(
        False,
        validation_alias=AliasChoices("ga4_localhost"),
        description="Send events of pages on localhost to a real property too",
    )
    ga4_device: bool = Field(
        True,
        validation_alias=AliasChoices("ga4_device"),
        description="Tell GA4 kind of device, browser, system, language and screen, as parsed here",
    )
    ga4_location: bool = Field(
        True, validation_alias=AliasChoices("ga4_location"), description="Tell GA4 the country of the visitor's network"
    )
    ga4_campaign: bool = Field(
        False,
        validation_alias=AliasChoices("ga4_campaign"),
        description="Tell GA4 a page's campaign by `campaign_details` too, for sites without Google's own tag",
    )
    ga4_identify_event: str = Field(
        "",
        validation_alias=AliasChoices("ga4_identify_event"),
        description="GA4 event to carry the user properties of an `identify` that no other event can; empty: none",
    )
    ga4_category_levels: bool = Field(
        False,
        validation_alias=AliasChoices("ga4_category_levels"),
        description="Split a product's category at `/` and `>` into GA4's levels, `item_category` to `item_category5`",
    )
    ga4_resend: str = Field(
        "purchase",
        validation_alias=AliasChoices("ga4_resend"),
        description="GA4 events that are sent again when nobody knows whether they arrived, with commas between",
    )
    webhook_url: str = Field(
        "", description="URL that gets signed batches of events (docs/destinations.md); empty: none"
    )
    webhook_secret: str = Field("", repr=False, description="Secret that signs them")

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("write_keys")
    @classmethod
    def _has_keys(cls, value: str) -> str:
        if not parse_keys(value):
            raise ValueError("needs at least one write key")
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        parse_origins(value.split(","))
        return value

    @field_validator("rate_limit", "key_rate_limit")
    @classmethod
    def _is_rate(cls, value: str) -> str:
        parse_rate(value)
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        _networks(value)
        return value

    @field_validator("hash_key")
    @classmethod
    def _is_long(cls, value: str) -> str:
        if value and len(value) < MIN_HASH_KEY_CHARS:
            raise ValueError(f"needs {MIN_HASH_KEY_CHARS} characters or more")
        return value

    @field_validator("sources_file", "country_db", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    @model_validator(mode="after")
    def _webhook_is_signed(self) -> "Settings":
        if bool(self.webhook_url) != bool(self.webhook_secret):
            missing = "SECRET" if self.webhook_url else "URL"
            raise ValueError(f"TRACKING_WEBHOOK_{missing} is missing: set both, or neither")
        if self.webhook_url and not self.webhook_url.startswith(("https://", "http://")):
            raise ValueError("TRACKING_WEBHOOK_URL has to begin with https:// or http://")
        return self

    @model_validator(mode="after")
    def _both_or_none(self) -> "Settings":
        if bool(self.ga4_measurement_id) != bool(self.ga4_api_secret):
            missing = "GA4_API_SECRET" if self.ga4_measurement_id else "GA4_MEASUREMENT_ID"
            raise ValueError(f"{missing} is missing: set both for a real property, or neither for the stand-in")
        return self

    @model_validator(mode="after")
    def _sources_are_readable(self) -> "Settings":
        _ = self.sources
        return self

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Source name → source, in the order of the file, then of the write keys."""
        defaults = Defaults(
            origins=parse_origins(self.allowed_origins.split(",")),
            rate_limit=self.client_rate,
            key_rate_limit=parse_rate(self.key_rate_limit),
            cookie_domain=self.cookie_domain,
        )
        if self.sources_file is None:
            return sources_of_keys(parse_keys(self.write_keys), defaults)
        keys = parse_keys(self.write_keys) if "write_keys" in self.model_fields_set else {}
        env_file = {name: value for name, value in dotenv_values(".env").items() if value is not None}
        return load_sources(self.sources_file, keys, defaults, env_file | os.environ)

    @cached_property
    def source_by_key(self) -> dict[str, Source]:
        """Write key → source. Keys appear nowhere else: rows carry the source's name."""
        return by_key(self.sources)

    @cached_property
    def client_rate(self) -> Rate | None:
        """Requests that one client address may send; None: no limit."""
        return parse_rate(self.rate_limit)

    @cached_property
    def proxies(self) -> tuple[Network, ...]:
        """Networks of trusted proxies."""
        return _networks(self.trusted_proxies)

    @cached_property
    def origins(self) -> Origins:
        """Origins of all sources together: what a preflight is judged by."""
        return union(source.origins for source in self.sources.values())

    @cached_property
    def keys(self) -> Keys:
        """Secrets of this install."""
        return Keys(self.data_dir / "keys", self.hash_key)

    def consent_rules(self, source: Source, *, is_signalled: bool) -> Rules:
        """Return how the events of a request are judged."""
        return self._all_rules[(source.consent or self.consent) == "required", is_signalled]

    @cached_property
    def _all_rules(self) -> dict[tuple[bool, bool], Rules]:
        names = frozenset(name.strip().lower() for name in self.consent_categories.split(",") if name.strip())
        return {(must, signal): Rules(must, signal, names) for must in (False, True) for signal in (False, True)}

    @property
    def standin_url(self) -> str:
        """Base URL of the local GA4 stand-in."""
        return f"http://{_reachable(self.host)}:{self.standin_port}"

    @property
    def collector_url(self) -> str:
        """Base URL of the collector."""
        return f"http://{_reachable(self.host)}:{self.port}"

    @property
    def dagster_url(self) -> str:
        """Base URL of the Dagster UI."""
        return f"http://{_reachable(self.host)}:{self.dagster_port}"

    @property
    def dagster_names(self) -> frozenset[str]:
        """Host names under which the Dagster UI may be opened."""
        return frozenset(name.strip().lower() for name in self.dagster_hosts.split(",") if name.strip())

    @property
    def ga4(self) -> Ga4Target:
        """Resolve the GA4 target: the real property when its secrets are there, else the stand-in."""
        if self.ga4_api_secret:
            endpoint = self.ga4_endpoint or GA4_DEFAULT_ENDPOINT
            secret = self.ga4_api_secret
            return Ga4Target(endpoint.rstrip("/"), self.ga4_measurement_id, secret, standin=False, debug=self.ga4_debug)
        endpoint = self.ga4_endpoint or self.standin_url
        return Ga4Target(endpoint.rstrip("/"), STANDIN_MEASUREMENT_ID, "standin", standin=True, debug=self.ga4_debug)

    def ga4_of(self, source: str) -> Ga4Target:
        """Resolve the GA4 target of a source's events: its own stream, else the global one."""
        found = self.sources.get(source)
        own = found.ga4 if found else None
        if own is None:
            return self.ga4
        endpoint = own.endpoint or self.ga4_endpoint or GA4_DEFAULT_ENDPOINT
        debug = self.ga4_debug if own.debug is None else own.debug
        return Ga4Target(endpoint.rstrip("/"), own.measurement_id, own.api_secret, standin=False, debug=debug)

    # Where things lie under the data folder: one place, so that no two parts disagree.
    @property
    def spool_dir(self) -> Path:
        """Open and sealed segments, the publisher's plan, damaged bytes."""
        return self.data_dir / "spool"

    @property
    def metrics_dir(self) -> Path:
        """Counters of the processes, for ``/metrics``."""
        return self.data_dir / "metrics"

    @property
    def landing_dir(self) -> Path:
        """Root of the landing zone: ``events/`` and ``rejected/`` below it."""
        return self.data_dir

    @property
    def lake_dir(self) -> Path:
        """Catalog, lake files, writer lock."""
        return self.data_dir / "lake"

    @property
    def delivery_dir(self) -> Path:
        """Send journals and locks of the destinations."""
        return self.data_dir / "delivery"

    @property
    def standin_dir(self) -> Path:
        """What the GA4 stand-in received."""
        return self.data_dir / "standin"

    @property
    def dagster_home(self) -> Path:
        """Dagster's home (``DAGSTER_HOME``)."""
        return self.data_dir / "dagster"

    @property
    def logs_dir(self) -> Path:
        """Logs of the parts, rotated."""
        return self.data_dir / "logs"

    @property
    def run_dir(self) -> Path:
        """Sockets and generated configuration; outside the data folder if its path is too long for a socket."""
        inside = self.data_dir / "run"
        if len(str(inside)) <= MAX_SOCKET_PATH - 20:
            return inside
        digest = hashlib.sha256(str(self.data_dir).encode()).hexdigest()[:12]
        return Path("/tmp") / f"tracking-{digest}"


def load_settings() -> Settings:
    """Read the environment; raise SettingsError naming each bad variable."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(e["loc"], e["msg"]) for e in error.errors())) from None


def _explain(location: tuple[int | str, ...], message: str) -> str:
    name = str(location[0]).upper() if location else ""
    if not name:
        return message.removeprefix("Value error, ")
    variable = name if name.startswith(("GA4_", "GA_")) else f"TRACKING_{name}"
    return f"{variable}: {message.removeprefix('Value error, ')}. See the settings table in README.md."


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(item.strip()) for item in text.split(",") if item.strip())


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host
