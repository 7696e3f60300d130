"""What ``session_starts`` and the days of metrics want of a connection: the macros that settings decide."""

from dataclasses import dataclass

import duckdb

from ingest_api.settings import Settings


@dataclass(frozen=True, slots=True)
class SessionRule:
    """Time zone of a day, and whether a session ends with it."""

    timezone: str = "UTC"
    cut_at_midnight: bool = False


DEFAULT = SessionRule()


def rule_of(settings: Settings) -> SessionRule:
    """Return what the settings say."""
    return SessionRule(settings.timezone, settings.session_cut_at_midnight)


def define(connection: duckdb.DuckDBPyConnection, rule: SessionRule) -> None:
    """Make the temp macros ``local_day(instant)`` and ``is_session_cut(earlier, later)``; idempotent."""
    zone = rule.timezone.replace("'", "''")
    local = "instant" if rule.timezone == "UTC" else f"timezone('{zone}', timezone('UTC', instant))"
    cut = "local_day(earlier) <> local_day(later)" if rule.cut_at_midnight else "false"
    connection.execute(f"create or replace temp macro local_day(instant) as cast({local} as date)")
    connection.execute(f"create or replace temp macro is_session_cut(earlier, later) as {cut}")
