"""What ends a session and a day, by the settings: macros of a connection, and the cut itself for marts and delivery."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest_api.settings import Settings
from tracking_pipeline.lake.quoted import quoted
from tracking_pipeline.lake.views import statement

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class SessionRule:
    """Time zone of a day, and whether a session ends with it, or with a new campaign."""

    timezone: str = "UTC"
    cut_at_midnight: bool = False
    cut_at_campaign: bool = False


DEFAULT = SessionRule()


def rule_of(settings: Settings) -> SessionRule:
    """Return what the settings say."""
    return SessionRule(settings.timezone, settings.session_cut_at_midnight, settings.session_cut_at_campaign)


def define(connection: "duckdb.DuckDBPyConnection", rule: SessionRule) -> None:
    """Make the temp macros ``local_day(instant)``, ``is_session_cut(earlier, later)`` and ``session_url(page_url)``.

    The last one is null where no rule looks at it, so that its column is not read. Idempotent.
    """
    local = "instant" if rule.timezone == "UTC" else f"timezone('{quoted(rule.timezone)}', timezone('UTC', instant))"
    cut = "local_day(earlier) <> local_day(later)" if rule.cut_at_midnight else "false"
    url = "page_url" if rule.cut_at_campaign else "cast(null as varchar)"
    connection.execute(f"create or replace temp macro local_day(instant) as cast({local} as date)")
    connection.execute(f"create or replace temp macro is_session_cut(earlier, later) as {cut}")
    connection.execute(f"create or replace temp macro session_url(page_url) as {url}")
    if rule.cut_at_campaign:
        connection.execute(statement("traffic"))


def cut_sessions(connection: "duckdb.DuckDBPyConnection", rule: SessionRule) -> None:
    """Fill the temp table ``session_starts`` from ``session_events``; their columns are in ``session_starts.sql``."""
    connection.execute(statement("session_starts")).fetchall()
    if rule.cut_at_campaign:
        connection.execute(statement("campaign_starts")).fetchall()
