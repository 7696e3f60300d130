"""Every table and column of the lake, once: name, type, description. DDL, comments and Dagster's column schema
are made from it, so they cannot drift apart. Pure data; imports nothing heavy.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: DuckDB type and what it means."""

    name: str
    type: str
    about: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table: grain first in its description; ``partitioned_by`` as DuckLake takes it."""

    name: str
    about: str
    columns: tuple[Column, ...]
    partitioned_by: str = ""

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [each.name for each in self.columns]


def column(name: str, type_: str, about: str, *, required: bool = False) -> Column:
    """Return one column."""
    return Column(name, type_, about, required)


# How a row is found again: where it rests and which transaction put it there.
_RESTING = (
    column("date", "DATE", "Day of receipt, UTC", required=True),
    column("hour", "INTEGER", "Hour of receipt, 0-23, UTC", required=True),
    column("source_file", "VARCHAR", "Part file, path relative to the landing zone", required=True),
    column("ordinal", "BIGINT", "Row number in that file, from 0", required=True),
    column("load_id", "BIGINT", "Transaction that wrote the row; grows with each", required=True),
)

RESTING_COLUMNS = tuple(each.name for each in _RESTING)

_EVENT = (
    column(
        "event_id",
        "UUID",
        "Identity of the message: client clock and hash of source and message_id",
        required=True,
    ),
    column("message_id", "VARCHAR", "Id that the client gave the message", required=True),
    column("source", "VARCHAR", "Name of the write key it came with", required=True),
    column("type", "VARCHAR", "track, page, screen, identify, group or alias", required=True),
    column("event_name", "VARCHAR", "Name as sent: of the act (track), of the page or screen"),
    column("category", "VARCHAR", "Category of a page call"),
    column("occurred_at", "TIMESTAMP", "When it happened, corrected for the client's clock, UTC", required=True),
    column("occurred_from", "VARCHAR", "How occurred_at was found: corrected, as_sent or received", required=True),
    column("client_at", "TIMESTAMP", "The client's own clock at the act, as sent, UTC"),
    column("sent_at", "TIMESTAMP", "The client's own clock at sending, as sent, UTC"),
    column("received_at", "TIMESTAMP", "When the collector received it, UTC", required=True),
    column("device_id", "VARCHAR", "Our first-party cookie; without consent an id that changes daily"),
    column("device_is_new", "BOOLEAN", "The cookie was made by this very request: no visitor yet", required=True),
    column(
        "withdrawn_device_id",
        "VARCHAR",
        "Device id that takes its consent back: its events that were not sent yet stay here",
    ),
    column("anonymous_id", "VARCHAR", "The SDK's own id"),
    column("user_id", "VARCHAR", "The site's id of a known user"),
    column("group_id", "VARCHAR", "Group of a group call"),
    column("previous_id", "VARCHAR", "Former id of an alias call"),
    column("ga_client_id", "VARCHAR", "Client id in the `_ga` cookie"),
    column(
        "ga_sessions",
        "JSON",
        "Sessions in the `_ga_<stream>` cookies, by stream: session_id, session_number, engaged, last_hit",
    ),
    column("ga_fpid", "VARCHAR", "Client id in the `FPID` cookie of Google's server-side tagging"),
    column(
        "wallets",
        "VARCHAR[]",
        "The visitor's wallets that the event names, each as chain family and keyed hash: `evm:…`",
    ),
    column("consent", "VARCHAR", "granted, denied or unknown; null: no consent is asked for and none was said"),
    column("consent_categories", "JSON", "Consent by category, as the event's context has it"),
    column("page_url", "VARCHAR", "URL of the page, scrubbed"),
    column("page_path", "VARCHAR", "Path of the page, scrubbed"),
    column("page_title", "VARCHAR", "Title of the page, scrubbed"),
    column("page_referrer", "VARCHAR", "Referrer of the page, scrubbed"),
    column("user_agent", "VARCHAR", "The visitor's user agent; a server SDK's own is left out"),
    column("ip", "VARCHAR", "Network of the sender, /24 (IPv4) or /48 (IPv6); by choice the address or nothing"),
    column("origin", "VARCHAR", "Origin header of the request"),
    column("dialect", "VARCHAR", "Client family: segment, rudderstack, jitsu, events_v0", required=True),
    column("properties", "JSON", "Properties as sent but for what was scrubbed, every digit kept"),
    column("traits", "JSON", "Traits as sent but for what was scrubbed"),
    column("context", "JSON", "Context as sent but for what was scrubbed"),
    column("scrubbed", "INTEGER", "URLs, titles and referrers in which something personal was masked before storing"),
    column(
        "off_plan", "VARCHAR", "Why it does not keep to the event catalogue; null: it does, or the name is no plan's"
    ),
    column("replayed_from", "VARCHAR", "Rejected row that it was before a replay: its part file, `#`, its ordinal"),
    column("is_bot", "BOOLEAN", "User agent of a bot: kept here, not in marts nor destinations", required=True),
    column("browser", "VARCHAR", "Browser, from the user agent"),
    column("os", "VARCHAR", "Operating system, from the user agent"),
    column("device_type", "VARCHAR", "desktop, mobile or tablet, from the user agent"),
    column("country", "VARCHAR", "Country of the network (ISO 3166), where a table of countries is installed"),
    column("enriched_with", "VARCHAR", "Versions of the data that judged user agent and network"),
    *_RESTING,
)

EVENTS = Table("events", "One row per message: the copy received first. Key: event_id.", _EVENT, "date")
DUPLICATES = Table(
    "duplicates",
    "One row per further copy of a message whose first receipt rests in events. View duplicate_conflicts compares.",
    _EVENT,
    "date",
)
REJECTED = Table(
    "rejected_events",
    "One row per refused event, with the reason and the size-limited original.",
    (
        column("reason", "VARCHAR", "Why it was refused; a closed list", required=True),
        column("detail", "VARCHAR", "What exactly was wrong"),
        column("message_id", "VARCHAR", "Id that the client gave, where there was one"),
        column("source", "VARCHAR", "Name of the write key it came with", required=True),
        column("received_at", "TIMESTAMP", "When the collector received it, UTC", required=True),
        column("sent_at", "TIMESTAMP", "The client's own clock at sending its batch, as sent, UTC"),
        column("device_id", "VARCHAR", "Our first-party cookie; none where consent was not given or cannot be read"),
        column("device_is_new", "BOOLEAN", "The cookie was made by this very request: no visitor yet"),
        column("ga_client_id", "VARCHAR", "Client id in the `_ga` cookie"),
        column("ga_sessions", "VARCHAR", "Sessions in the `_ga_<stream>` cookies, as in `events`"),
        column("ga_fpid", "VARCHAR", "Client id in the `FPID` cookie"),
        column("original", "VARCHAR", "The event as sent but for what was scrubbed, at most 8,192 characters"),
        column("original_bytes", "BIGINT", "Its full size, bytes", required=True),
        column("scrubbed", "INTEGER", "Values in it that were masked before storing"),
        column("path", "VARCHAR", "Path of the request"),
        column("ip", "VARCHAR", "Network of the sender"),
        column("origin", "VARCHAR", "Origin header of the request"),
        column("user_agent", "VARCHAR", "User agent of the request"),
        column("dialect", "VARCHAR", "Client family", required=True),
        *_RESTING,
    ),
    "date",
)
SET_ASIDE = Table(
    "set_aside",
    "One row per part file (or row of one) that could not be loaded; `rows` says how many it stands for.",
    (
        column("reason", "VARCHAR", "Why it could not be loaded", required=True),
        column("detail", "VARCHAR", "The reader's own words"),
        column("rows", "BIGINT", "Rows it stands for", required=True),
        *_RESTING,
    ),
)
LOADED_FILES = Table(
    "loaded_files",
    "One row per part file that was loaded. Key: path.",
    (
        column("path", "VARCHAR", "Path relative to the landing zone", required=True),
        column("kind", "VARCHAR", "events or rejected", required=True),
        column("date", "DATE", "Day of receipt, UTC", required=True),
        column("hour", "INTEGER", "Hour of receipt, UTC", required=True),
        column("bytes", "BIGINT", "Size of the file", required=True),
        column("received", "BIGINT", "Spool records it was made of, from its footer (or its name)", required=True),
        column("rows_read", "BIGINT", "Rows read from it or set aside", required=True),
        column("published_at", "TIMESTAMP", "When the publisher wrote it, UTC", required=True),
        column("loaded_at", "TIMESTAMP", "When it was loaded, UTC", required=True),
        column("load_id", "BIGINT", "Transaction that loaded it", required=True),
    ),
    "date",
)
REMOVED = Table(
    "removed",
    "One row per row that left events (displaced, hour replaced, erased), kept until all marts have seen it.",
    (
        column("load_id", "BIGINT", "Transaction that removed it", required=True),
        column("event_id", "UUID", "The event", required=True),
        column("device_id", "VARCHAR", "Its device id"),
        column("device_is_new", "BOOLEAN", "Its cookie was made by its very request"),
        column("anonymous_id", "VARCHAR", "Its anonymous id"),
        column("user_id", "VARCHAR", "Its user id"),
        column("occurred_at", "TIMESTAMP", "When it happened", required=True),
        column("date", "DATE", "Its day of receipt", required=True),
        column("hour", "INTEGER", "Its hour of receipt", required=True),
    ),
)
DELIVERIES = Table(
    "deliveries",
    "One row per event, destination and state change; append-only. The newest load_id is the state.",
    (
        column("event_id", "UUID", "The event", required=True),
        column("destination", "VARCHAR", "Where it goes", required=True),
        column(
            "state",
            "VARCHAR",
            "unsent, leased, sent, retry, uncertain, dead or suppressed (expired is derived)",
            required=True,
        ),
        column("attempt_id", "VARCHAR", "The try this row belongs to"),
        column("request_id", "VARCHAR", "The HTTP request; the same for all events in it"),
        column("http_status", "INTEGER", "Status of the answer, where there was one"),
        column("reason", "VARCHAR", "Why it came to this state"),
        column("client_id", "VARCHAR", "Client id that the destination was told (leased rows)"),
        column("session_id", "VARCHAR", "Session id that the destination was told (leased rows)"),
        column("journal", "VARCHAR", "Send journal of the run (leased rows)"),
        column("stream", "VARCHAR", "GA4 stream that it was leased to, its measurement id (leased rows)"),
        column(
            "fixes",
            "VARCHAR[]",
            "What was changed or left out so that the destination takes it, each `rule:field` (leased rows)",
        ),
        column("recorded_at", "TIMESTAMP", "When the row was written, UTC", required=True),
        column("load_id", "BIGINT", "Transaction that wrote it", required=True),
        column("date", "DATE", "The event's day of receipt", required=True),
        column("hour", "INTEGER", "The event's hour of receipt", required=True),
    ),
    "date",
)
DESTINATIONS = Table(
    "destinations",
    "One row per destination: only events received since then are for it.",
    (
        column("destination", "VARCHAR", "Name", required=True),
        column(
            "target",
            "VARCHAR",
            "Property it feeds; another target starts anew, without history",
            required=True,
        ),
        column("since", "TIMESTAMP", "Events received before are not sent", required=True),
    ),
)
FENCE = Table(
    "fence",
    "One row: the load_id of the last transaction.",
    (column("n", "BIGINT", "Its number", required=True),),
)
UPGRADES = Table(
    "upgrades",
    "One row per time that the lake was made or upgraded, written in the transaction that did it.",
    (
        column(
            "format",
            "INTEGER",
            "Format of the lake since then; a program that knows no such format refuses it",
            required=True,
        ),
        column("fingerprint", "VARCHAR", "Hash of tables and views that were made", required=True),
        column("program", "VARCHAR", "Version of the program that did it", required=True),
        column("upgraded_at", "TIMESTAMP", "When, UTC", required=True),
    ),
)

TABLES = (
    EVENTS,
    DUPLICATES,
    REJECTED,
    SET_ASIDE,
    LOADED_FILES,
    REMOVED,
    DELIVERIES,
    DESTINATIONS,
    FENCE,
    UPGRADES,
)
RESTING_PLACES = (EVENTS, DUPLICATES, REJECTED, SET_ASIDE)
