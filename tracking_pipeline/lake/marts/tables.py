"""Every mart, once: grain, key, columns. Pure data; the DDL, the comments and the pages are made from it.

A mart is a function of ``events`` without bots: it can be dropped and computed again at any time. ``marts_state`` says
up to which transaction they have seen the lake.
"""

from dataclasses import dataclass

from tracking_pipeline.lake.tables import Column, Table, column

CLIENT = (
    column("client_kind", "VARCHAR", "What names the client: anonymous, device or user"),
    column("client", "VARCHAR", "Anonymous id, else a device id that came back, else user id; null: nobody"),
)
USD = "DECIMAL(38,18)"
UNITS = "DECIMAL(38,0)"
STEPS = "STRUCT(step_index INTEGER, reached_at TIMESTAMP, action_type VARCHAR, action_status VARCHAR)[]"


@dataclass(frozen=True, slots=True)
class Mart:
    """One mart: its table, the key of a row, and ``day`` when rows lie in partitions of the day they happened."""

    table: Table
    key: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the table."""
        return self.table.name

    @property
    def by_day(self) -> bool:
        """Rows lie in partitions by ``day``."""
        return self.table.partitioned_by == "day"


def _mart(name: str, about: str, key: tuple[str, ...], columns: tuple[Column, ...], *, by_day: bool = False) -> Mart:
    return Mart(Table(name, about, columns, "day" if by_day else ""), key)


_DAY = column("day", "DATE", "Day it happened, UTC", required=True)
_PAGE = (
    column("page_url", "VARCHAR", "URL of the page"),
    column("page_path", "VARCHAR", "Path of the page"),
    column("page_title", "VARCHAR", "Title of the page"),
    column("page_referrer", "VARCHAR", "Referrer of the page"),
)
_VISITOR_TECH = (
    column("country", "VARCHAR", "Country (ISO 3166), where a table of countries is installed"),
    column("browser", "VARCHAR", "Browser"),
    column("os", "VARCHAR", "Operating system"),
    column("device_type", "VARCHAR", "desktop, mobile or tablet"),
)
_CAMPAIGN = (
    column("source", "VARCHAR", "Where the visitor came from: utm_source, else click id or host of the referrer"),
    column("medium", "VARCHAR", "How: utm_medium, else cpc, organic, referral or (none)"),
    column("campaign", "VARCHAR", "utm_campaign of the first page"),
    column("channel", "VARCHAR", "Channel after GA4's default rules (docs/metrics.md)"),
)
_ROUTE = (
    column("from_chain_id", "VARCHAR", "Chain given"),
    column("to_chain_id", "VARCHAR", "Chain wanted"),
    column("from_token_symbol", "VARCHAR", "Token given"),
    column("to_token_symbol", "VARCHAR", "Token wanted"),
    column("from_token_address", "VARCHAR", "Contract of the token given"),
    column("to_token_address", "VARCHAR", "Contract of the token wanted"),
    column("from_amount", UNITS, "Amount given in base units; null above 38 digits"),
    column("to_amount", UNITS, "Amount wanted in base units; null above 38 digits"),
    column("from_amount_usd", USD, "Value given, USD"),
    column("to_amount_usd", USD, "Value wanted, USD"),
    column("gas_cost_usd", USD, "Gas, USD"),
    column("fee_cost_usd", USD, "Fees, USD"),
)

EVENTS_BY_DAY = _mart(
    "events_by_day",
    "One row per event that is no bot's, without its JSON, in partitions of the day it happened. Key: event_id.",
    ("event_id",),
    (
        _DAY,
        column("occurred_at", "TIMESTAMP", "When it happened, UTC", required=True),
        column("event_id", "UUID", "The event", required=True),
        column("source_name", "VARCHAR", "Name of the write key it came with (`source` of events)", required=True),
        column("type", "VARCHAR", "track, page, screen, identify, group or alias", required=True),
        column("event_name", "VARCHAR", "Name as sent"),
        *CLIENT,
        column("device_id", "VARCHAR", "Our first-party cookie"),
        column("device_is_new", "BOOLEAN", "The cookie was made by this very request", required=True),
        column("anonymous_id", "VARCHAR", "The SDK's own id"),
        column("user_id", "VARCHAR", "The site's id of a known user"),
        column("previous_id", "VARCHAR", "Former id of an alias call"),
        column("ga_client_id", "VARCHAR", "Client id in the `_ga` cookie"),
        column("wallets", "VARCHAR[]", "Wallets as chain family and keyed hash"),
        *_PAGE,
        *_VISITOR_TECH,
    ),
    by_day=True,
)
SWAP_EVENTS = _mart(
    "swap_events",
    "One row per event of the LI.FI widget that a swap is made of, from chosen tokens to the end. Key: event_id.",
    ("event_id",),
    (
        _DAY,
        column("occurred_at", "TIMESTAMP", "When it happened, UTC", required=True),
        column("event_id", "UUID", "The event", required=True),
        column("event_name", "VARCHAR", "Name in the catalogue: lifi_…", required=True),
        *CLIENT,
        column("route_id", "VARCHAR", "Route of the execution; null before one is chosen"),
        *_ROUTE,
        column("step_count", "INTEGER", "Steps of the route"),
        column("step_index", "INTEGER", "Step that an update is about, from 0"),
        column("step_tools", "VARCHAR", "Tools of the steps"),
        column("attempt", "INTEGER", "Attempt of the execution, from 1"),
        column("action_type", "VARCHAR", "Action of an update or a failure"),
        column("action_status", "VARCHAR", "Its status"),
        column("error_code", "VARCHAR", "Code of a failure"),
        column("error_class", "VARCHAR", "Class of a failure, as sent, else from its code and substatus"),
        column("exec_duration_s", USD, "Seconds from start to completion, as sent"),
    ),
    by_day=True,
)
SESSIONS = _mart(
    "sessions",
    "One row per stretch of a client's events without a pause of more than 30 minutes. No bots. Key: session_id.",
    ("session_id",),
    (
        _DAY,
        column("session_id", "UUID", "Hash of client and start", required=True),
        *CLIENT,
        column("started_at", "TIMESTAMP", "First event, UTC", required=True),
        column("ended_at", "TIMESTAMP", "Last event, UTC", required=True),
        column("duration_s", "DOUBLE", "Seconds from first to last event", required=True),
        column("events", "BIGINT", "Events", required=True),
        column("page_views", "BIGINT", "Page calls", required=True),
        column("is_engaged", "BOOLEAN", "At least 10 s, or two page views, or a completed swap", required=True),
        column("is_bounce", "BOOLEAN", "Not engaged", required=True),
        column("swaps_started", "BIGINT", "Route executions started", required=True),
        column("swaps_completed", "BIGINT", "Route executions completed", required=True),
        column("entry_url", "VARCHAR", "First page's URL"),
        column("entry_path", "VARCHAR", "First page's path"),
        column("exit_url", "VARCHAR", "Last page's URL"),
        column("exit_path", "VARCHAR", "Last page's path"),
        column("referrer", "VARCHAR", "First page's referrer"),
        *_CAMPAIGN,
        column("user_id", "VARCHAR", "Last user id in it"),
        *_VISITOR_TECH,
    ),
    by_day=True,
)
PAGE_VIEWS = _mart(
    "page_views",
    "One row per page call, with its session. No bots. Key: event_id.",
    ("event_id",),
    (
        _DAY,
        column("event_id", "UUID", "The event", required=True),
        column("occurred_at", "TIMESTAMP", "When it happened, UTC", required=True),
        column("session_id", "UUID", "Its session; null: nobody's"),
        *CLIENT,
        column("anonymous_id", "VARCHAR", "The SDK's own id"),
        column("user_id", "VARCHAR", "The site's id of a known user"),
        *_PAGE,
    ),
    by_day=True,
)
IDENTITIES = _mart(
    "identities",
    "One row per link between two ids that an event showed together. No bots. Key: both kinds and ids.",
    ("id_kind", "id", "linked_kind", "linked_id"),
    (
        column("id_kind", "VARCHAR", "device, anonymous or user", required=True),
        column("id", "VARCHAR", "The id; a device's only if its cookie came back", required=True),
        column("linked_kind", "VARCHAR", "anonymous, user, wallet or ga", required=True),
        column("linked_id", "VARCHAR", "The other id; a wallet as chain family and keyed hash", required=True),
        column("valid_from", "TIMESTAMP", "First event that shows it, UTC", required=True),
        column("last_seen_at", "TIMESTAMP", "Last event that shows it, UTC", required=True),
        column("evidence", "UUID", "Event that first showed it", required=True),
    ),
)
_TOTALS = (
    column("first_seen_at", "TIMESTAMP", "First event, UTC", required=True),
    column("last_seen_at", "TIMESTAMP", "Last event, UTC", required=True),
    column("sessions", "BIGINT", "Sessions", required=True),
    column("engaged_sessions", "BIGINT", "Engaged sessions", required=True),
    column("events", "BIGINT", "Events", required=True),
    column("page_views", "BIGINT", "Page calls", required=True),
    column("swaps_completed", "BIGINT", "Route executions completed", required=True),
    column("user_id", "VARCHAR", "User id of the last session that has one"),
    column("user_id_at", "TIMESTAMP", "Start of that session, UTC"),
    column("first_url", "VARCHAR", "First page of the first session that has one"),
    column("first_url_at", "TIMESTAMP", "Start of that session, UTC"),
    column("first_referrer", "VARCHAR", "Referrer of the first session"),
    column("first_source", "VARCHAR", "Source of the first session"),
    column("first_medium", "VARCHAR", "Medium of the first session"),
    column("first_campaign", "VARCHAR", "Campaign of the first session"),
    column("first_channel", "VARCHAR", "Channel of the first session"),
    column("country", "VARCHAR", "Country of the last session that has one"),
    column("country_at", "TIMESTAMP", "Start of that session, UTC"),
)
VISITORS = _mart(
    "visitors",
    "One row per client: which visitor it is, by the rule over identities in docs/metrics.md. No bots. Key: client.",
    ("client_kind", "client"),
    (*CLIENT, column("visitor_id", "VARCHAR", "The visitor: user:…, device:… or anonymous:…", required=True), *_TOTALS),
)
USERS = _mart(
    "users",
    "One row per visitor. No bots. Key: visitor_id.",
    ("visitor_id",),
    (
        column("visitor_id", "VARCHAR", "The visitor: user:…, device:… or anonymous:…", required=True),
        column("clients", "BIGINT", "Clients (anonymous ids, devices) that are this visitor", required=True),
        *_TOTALS,
    ),
)
SWAPS = _mart(
    "swaps",
    "One row per route execution of the LI.FI widget, whatever its attempts. No bots. Key: route_id.",
    ("route_id",),
    (
        _DAY,
        column("route_id", "VARCHAR", "The route", required=True),
        *CLIENT,
        column("status", "VARCHAR", "started, completed, failed, or timed_out: a day without an end", required=True),
        column("tokens_chosen_at", "TIMESTAMP", "Last choice of a token in the 30 minutes before the start, UTC"),
        column("routes_seen_at", "TIMESTAMP", "Last offer of routes in the 30 minutes before the start, UTC"),
        column("selected_at", "TIMESTAMP", "Last review of the route in the 30 minutes before the start, UTC"),
        column("started_at", "TIMESTAMP", "Execution first started (else first seen), UTC", required=True),
        column("completed_at", "TIMESTAMP", "Completed, UTC"),
        column("failed_at", "TIMESTAMP", "Last failure, UTC"),
        column("first_event_at", "TIMESTAMP", "First event of the execution, UTC", required=True),
        column("last_event_at", "TIMESTAMP", "Last event of the execution, UTC", required=True),
        column("attempts", "INTEGER", "Attempts, where the widget counts them"),
        column("failures", "BIGINT", "Failed attempts", required=True),
        column("updates", "BIGINT", "Updates of its actions", required=True),
        column("last_step_index", "INTEGER", "Furthest step that an update named, from 0"),
        column("step_count", "INTEGER", "Steps of the route"),
        column("step_tools", "VARCHAR", "Tools of the steps"),
        column("steps", STEPS, "Steps that updates named, in order: first reached, last action and its status"),
        *_ROUTE,
        column("error_code", "VARCHAR", "Code of the last failure"),
        column("error_class", "VARCHAR", "Class of the last failure: rejected, slippage, balance, … or unknown"),
        column("exec_duration_s", USD, "Seconds from start to completion, as sent"),
    ),
    by_day=True,
)
DAILY_METRICS = _mart(
    "daily_metrics",
    "One row per day of TRACKING_TIMEZONE on which something happened. No bots. Key: day.",
    ("day",),
    (
        column("day", "DATE", "Day of TRACKING_TIMEZONE", required=True),
        column("events", "BIGINT", "Events that happened on it", required=True),
        column("page_views", "BIGINT", "Page calls", required=True),
        column("visitors", "BIGINT", "Visitors with an event", required=True),
        column("new_visitors", "BIGINT", "Visitors whose first event ever it has", required=True),
        column("users", "BIGINT", "Known user ids with an event", required=True),
        column("sessions", "BIGINT", "Sessions that began on it", required=True),
        column("engaged_sessions", "BIGINT", "Engaged ones among them", required=True),
        column("bounces", "BIGINT", "The others", required=True),
        column("swaps_started", "BIGINT", "Route executions that began on it", required=True),
        column("swaps_completed", "BIGINT", "Route executions that were completed on it", required=True),
        column("swapped_usd", USD, "Value given in those completed, USD"),
    ),
)
OFF_PLAN_EVENTS = _mart(
    "off_plan_events",
    "One row per event that does not keep to the catalogue, and parameter. No bots. Key: event_id, parameter.",
    ("event_id", "parameter"),
    (
        _DAY,
        column("occurred_at", "TIMESTAMP", "When it happened, UTC", required=True),
        column("event_id", "UUID", "The event", required=True),
        column("event_name", "VARCHAR", "Name as sent"),
        column("finding", "VARCHAR", "unknown_event, unknown_parameter or wrong_type", required=True),
        column("parameter", "VARCHAR", "The parameter; empty: the name itself. (other): no name at all", required=True),
    ),
    by_day=True,
)
EVENT_CATALOG_COVERAGE = _mart(
    "event_catalog_coverage",
    "One row per name of a track call and finding: what of the catalogue was seen, and what else. No bots."
    " Key: event_name, finding, parameter.",
    ("event_name", "finding", "parameter"),
    (
        column("event_name", "VARCHAR", "Name in the catalogue, or as sent", required=True),
        column(
            "finding",
            "VARCHAR",
            "seen, not_seen; of those seen: unknown_event, unknown_parameter or wrong_type",
            required=True,
        ),
        column("parameter", "VARCHAR", "Parameter that the finding is about; else empty", required=True),
        column("in_catalogue", "BOOLEAN", "The catalogue has the name", required=True),
        column("section", "VARCHAR", "Section of the catalogue: widget, wallet, site or tracker"),
        column("events", "BIGINT", "Events", required=True),
        column("first_seen_at", "TIMESTAMP", "First of them, UTC"),
        column("last_seen_at", "TIMESTAMP", "Last of them, UTC"),
    ),
)

STATE = Table(
    "marts_state",
    "One row: how far the marts have seen the lake.",
    (
        column("load_id", "BIGINT", "Transactions up to this one are in the marts", required=True),
        column(
            "lake_clock", "TIMESTAMP", "End of the newest hour of receipt seen; judges what timed out", required=True
        ),
        column("timezone", "VARCHAR", "Time zone of the days in daily_metrics", required=True),
        column("cut_at_midnight", "BOOLEAN", "Sessions end with the day", required=True),
        column("cut_at_campaign", "BOOLEAN", "Sessions end with a new campaign", required=True),
        column("definition", "VARCHAR", "Hash of what they are made by; another one makes them anew", required=True),
        column("refreshed_at", "TIMESTAMP", "When they were written, UTC", required=True),
    ),
)

MARTS = (
    EVENTS_BY_DAY,
    SWAP_EVENTS,
    SESSIONS,
    PAGE_VIEWS,
    IDENTITIES,
    VISITORS,
    USERS,
    SWAPS,
    DAILY_METRICS,
    OFF_PLAN_EVENTS,
    EVENT_CATALOG_COVERAGE,
)
MART_TABLES = (*(mart.table for mart in MARTS), STATE)
