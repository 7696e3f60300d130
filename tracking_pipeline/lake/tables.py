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
        return [column.name for column in self.columns]


def _c(name: str, type_: str, about: str, *, required: bool = False) -> Column:
    return Column(name, type_, about, required)


# How a row is found again: where it rests and which transaction put it there.
_RESTING = (
    _c("date", "DATE", "Day of receipt, UTC", required=True),
    _c("hour", "INTEGER", "Hour of receipt, 0-23, UTC", required=True),
    _c("source_file", "VARCHAR", "Part file, path relative to the landing zone", required=True),
    _c("ordinal", "BIGINT", "Row number in that file, from 0", required=True),
    _c("load_id", "BIGINT", "Transaction that wrote the row; grows with each", required=True),
)

RESTING_COLUMNS = tuple(column.name for column in _RESTING)

_EVENT = (
    _c(
        "event_id",
        "UUID",
        "Identity of the message: client clock and hash of source and message_id",
        required=True,
    ),
    _c("message_id", "VARCHAR", "Id that the client gave the message", required=True),
    _c("source", "VARCHAR", "Name of the write key it came with", required=True),
    _c("type", "VARCHAR", "track, page, screen, identify, group or alias", required=True),
    _c("event_name", "VARCHAR", "Name as sent: of the act (track), of the page or screen"),
    _c("category", "VARCHAR", "Category of a page call"),
    _c("occurred_at", "TIMESTAMP", "When it happened, corrected for the client's clock, UTC", required=True),
    _c("occurred_from", "VARCHAR", "How occurred_at was found: corrected, as_sent or received", required=True),
    _c("client_at", "TIMESTAMP", "The client's own clock at the act, as sent, UTC"),
    _c("sent_at", "TIMESTAMP", "The client's own clock at sending, as sent, UTC"),
    _c("received_at", "TIMESTAMP", "When the collector received it, UTC", required=True),
    _c("device_id", "VARCHAR", "Our first-party cookie; without consent an id that changes daily"),
    _c("device_is_new", "BOOLEAN", "The cookie was made by this very request: no visitor yet", required=True),
    _c("anonymous_id", "VARCHAR", "The SDK's own id"),
    _c("user_id", "VARCHAR", "The site's id of a known user"),
    _c("group_id", "VARCHAR", "Group of a group call"),
    _c("previous_id", "VARCHAR", "Former id of an alias call"),
    _c("ga_client_id", "VARCHAR", "Client id in the `_ga` cookie"),
    _c(
        "ga_sessions",
        "JSON",
        "Sessions in the `_ga_<stream>` cookies, by stream: session_id, session_number, engaged, last_hit",
    ),
    _c("ga_fpid", "VARCHAR", "Client id in the `FPID` cookie of Google's server-side tagging"),
    _c(
        "wallets",
        "VARCHAR[]",
        "The visitor's wallets that the event names, each as chain family and keyed hash: `evm:…`",
    ),
    _c("consent", "VARCHAR", "granted, denied or unknown; null: no consent is asked for and none was said"),
    _c("consent_categories", "JSON", "Consent by category, as the event's context has it"),
    _c("page_url", "VARCHAR", "URL of the page, scrubbed"),
    _c("page_path", "VARCHAR", "Path of the page, scrubbed"),
    _c("page_title", "VARCHAR", "Title of the page, scrubbed"),
    _c("page_referrer", "VARCHAR", "Referrer of the page, scrubbed"),
    _c("user_agent", "VARCHAR", "The visitor's user agent; a server SDK's own is left out"),
    _c("ip", "VARCHAR", "Network of the sender, /24 (IPv4) or /48 (IPv6); by choice the address or nothing"),
    _c("origin", "VARCHAR", "Origin header of the request"),
    _c("dialect", "VARCHAR", "Client family: segment, rudderstack, jitsu, events_v0", required=True),
    _c("properties", "JSON", "Properties as sent but for what was scrubbed, every digit kept"),
    _c("traits", "JSON", "Traits as sent but for what was scrubbed"),
    _c("context", "JSON", "Context as sent but for what was scrubbed"),
    _c("scrubbed", "INTEGER", "URLs, titles and referrers in which something personal was masked before storing"),
    _c("off_plan", "VARCHAR", "Why it does not keep to the event catalogue; null: it does, or the name is no plan's"),
    _c("is_bot", "BOOLEAN", "User agent of a bot: kept here, not in marts nor destinations", required=True),
    _c("browser", "VARCHAR", "Browser, from the user agent"),
    _c("os", "VARCHAR", "Operating system, from the user agent"),
    _c("device_type", "VARCHAR", "desktop, mobile or tablet, from the user agent"),
    _c("country", "VARCHAR", "Country of the network (ISO 3166), where a table of countries is installed"),
    _c("enriched_with", "VARCHAR", "Versions of the data that judged user agent and network"),
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
        _c("reason", "VARCHAR", "Why it was refused; a closed list", required=True),
        _c("detail", "VARCHAR", "What exactly was wrong"),
        _c("message_id", "VARCHAR", "Id that the client gave, where there was one"),
        _c("source", "VARCHAR", "Name of the write key it came with", required=True),
        _c("received_at", "TIMESTAMP", "When the collector received it, UTC", required=True),
        _c("original", "VARCHAR", "The event as sent but for what was scrubbed, at most 8,192 characters"),
        _c("original_bytes", "BIGINT", "Its full size, bytes", required=True),
        _c("scrubbed", "INTEGER", "Values in it that were masked before storing"),
        _c("path", "VARCHAR", "Path of the request"),
        _c("ip", "VARCHAR", "Network of the sender"),
        _c("origin", "VARCHAR", "Origin header of the request"),
        _c("user_agent", "VARCHAR", "User agent of the request"),
        _c("dialect", "VARCHAR", "Client family", required=True),
        *_RESTING,
    ),
    "date",
)
SET_ASIDE = Table(
    "set_aside",
    "One row per part file (or row of one) that could not be loaded; `rows` says how many it stands for.",
    (
        _c("reason", "VARCHAR", "Why it could not be loaded", required=True),
        _c("detail", "VARCHAR", "The reader's own words"),
        _c("rows", "BIGINT", "Rows it stands for", required=True),
        *_RESTING,
    ),
)
LOADED_FILES = Table(
    "loaded_files",
    "One row per part file that was loaded. Key: path.",
    (
        _c("path", "VARCHAR", "Path relative to the landing zone", required=True),
        _c("kind", "VARCHAR", "events or rejected", required=True),
        _c("date", "DATE", "Day of receipt, UTC", required=True),
        _c("hour", "INTEGER", "Hour of receipt, UTC", required=True),
        _c("bytes", "BIGINT", "Size of the file", required=True),
        _c("received", "BIGINT", "Spool records it was made of, from its footer (or its name)", required=True),
        _c("rows_read", "BIGINT", "Rows read from it or set aside", required=True),
        _c("published_at", "TIMESTAMP", "When the publisher wrote it, UTC", required=True),
        _c("loaded_at", "TIMESTAMP", "When it was loaded, UTC", required=True),
        _c("load_id", "BIGINT", "Transaction that loaded it", required=True),
    ),
    "date",
)
REMOVED = Table(
    "removed",
    "One row per row that left events (displaced, hour replaced, erased), kept until all marts have seen it.",
    (
        _c("load_id", "BIGINT", "Transaction that removed it", required=True),
        _c("event_id", "UUID", "The event", required=True),
        _c("device_id", "VARCHAR", "Its device id"),
        _c("device_is_new", "BOOLEAN", "Its cookie was made by its very request"),
        _c("anonymous_id", "VARCHAR", "Its anonymous id"),
        _c("user_id", "VARCHAR", "Its user id"),
        _c("occurred_at", "TIMESTAMP", "When it happened", required=True),
        _c("date", "DATE", "Its day of receipt", required=True),
        _c("hour", "INTEGER", "Its hour of receipt", required=True),
    ),
)
DELIVERIES = Table(
    "deliveries",
    "One row per event, destination and state change; append-only. The newest load_id is the state.",
    (
        _c("event_id", "UUID", "The event", required=True),
        _c("destination", "VARCHAR", "Where it goes", required=True),
        _c(
            "state",
            "VARCHAR",
            "unsent, leased, sent, retry, uncertain, dead or suppressed (expired is derived)",
            required=True,
        ),
        _c("attempt_id", "VARCHAR", "The try this row belongs to"),
        _c("request_id", "VARCHAR", "The HTTP request; the same for all events in it"),
        _c("http_status", "INTEGER", "Status of the answer, where there was one"),
        _c("reason", "VARCHAR", "Why it came to this state"),
        _c("client_id", "VARCHAR", "Client id that the destination was told (leased rows)"),
        _c("session_id", "VARCHAR", "Session id that the destination was told (leased rows)"),
        _c("journal", "VARCHAR", "Send journal of the run (leased rows)"),
        _c("recorded_at", "TIMESTAMP", "When the row was written, UTC", required=True),
        _c("load_id", "BIGINT", "Transaction that wrote it", required=True),
        _c("date", "DATE", "The event's day of receipt", required=True),
        _c("hour", "INTEGER", "The event's hour of receipt", required=True),
    ),
    "date",
)
DESTINATIONS = Table(
    "destinations",
    "One row per destination: only events received since then are for it.",
    (
        _c("destination", "VARCHAR", "Name", required=True),
        _c(
            "target",
            "VARCHAR",
            "Property it feeds; another target starts anew, without history",
            required=True,
        ),
        _c("since", "TIMESTAMP", "Events received before are not sent", required=True),
    ),
)
FENCE = Table(
    "fence",
    "One row: the load_id of the last transaction.",
    (_c("n", "BIGINT", "Its number", required=True),),
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
)
RESTING_PLACES = (EVENTS, DUPLICATES, REJECTED, SET_ASIDE)
