"""What changes in each mart when more of the lake is seen: rows that go and rows that come, in temp tables.

Reads one snapshot, in the caller's transaction, and writes only temp tables: ``gone_<mart>`` and ``new_<mart>``. All
marts are functions of ``events_by_day`` (and ``swap_events``), which mirror ``events``; so a window of transactions may
be taken while the lake is further on. The rule, per mart, stands in its SQL file; that it equals a recomputation is
what ``tests/tracking_pipeline/marts/test_equal.py`` shows.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import duckdb

from tracking_pipeline.lake import schema
from tracking_pipeline.lake.marts.coverage import show_catalogue
from tracking_pipeline.lake.marts.days import Span, condition, days_of, spans_of
from tracking_pipeline.lake.marts.tables import MARTS, Mart
from tracking_pipeline.lake.sessions import DEFAULT, SessionRule, cut_sessions, define

HALF_HOUR = dt.timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Window:
    """Transactions to take in: after ``after`` and up to ``upto``; ``lake_clock`` judges what timed out."""

    after: int
    upto: int
    lake_clock: dt.datetime
    rule: SessionRule = DEFAULT


def statement(name: str) -> str:
    """Return the text of ``marts/sql/<name>.sql``."""
    return resources.files("tracking_pipeline.lake.marts").joinpath("sql", f"{name}.sql").read_text()


def compute(connection: duckdb.DuckDBPyConnection, window: Window) -> dict[Mart, tuple[int, int]]:
    """Fill ``gone_<mart>`` and ``new_<mart>`` of every mart for this window; return how many rows go and come."""
    _Computation(connection, window).run()
    return {mart: _changed(connection, mart) for mart in MARTS}


class _Computation:
    """One computation: its connection, its window, and the steps in the order in which they need each other."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, window: Window) -> None:
        self._connection = connection
        self._window = window

    def run(self) -> None:
        self._macros()
        self._mirrors()
        self._coverage()
        self._sessions()
        self._identities()
        self._visitors()
        self._swaps()
        self._days()

    def _macros(self) -> None:
        show_catalogue(self._connection)
        self._run(schema.statement("clients"))
        self._run(schema.statement("traffic"))
        self._run(statement("links"))
        define(self._connection, self._window.rule)

    def _mirrors(self) -> None:
        """Take in what came, find what left, in the marts that mirror ``events``."""
        numbers = {"after": self._window.after, "upto": self._window.upto}
        self._run(statement("left_events"), numbers)
        left = self._days_in("select day, day from left_events")
        for mart in ("events_by_day", "swap_events", "off_plan_events"):
            self._run(statement(mart), numbers)
            self._run(statement("gone_events").replace("{mart}", mart), left_events=left)

    def _coverage(self) -> None:
        self._run(statement("coverage_changes"))
        broken = self._days_in("select cast(first_seen_at as date), cast(last_seen_at as date) from broken_coverage")
        self._run(statement("coverage"), broken_days=broken)

    def _sessions(self) -> None:
        self._run(statement("islands"))
        self._hulls()
        if self._window.rule.cut_at_campaign:
            self._widen_hulls()
        self._run(statement("scope"))
        self._run("create or replace temp table gone_page_views as from page_views limit 0")
        for looked_days, between in self._stretches():
            for name in ("kept_events", "gone_page_views"):
                self._run(statement(name), between, looked_days=looked_days)
        cut_sessions(self._connection, self._window.rule)
        self._run(statement("sessions"))
        self._run(statement("page_views"))
        self._now("sessions")

    def _hulls(self) -> None:
        self._run("create or replace temp table near_sessions as from sessions limit 0")
        touched = self._days_in("select cast(first_at as date), cast(last_at as date) from islands")
        for first, last in spans_of(touched):
            self._run(statement("gone_sessions"), _instants(first, last, HALF_HOUR))
        self._run("create or replace temp table gone_sessions as select distinct * from near_sessions")
        self._run(statement("hulls"))

    def _widen_hulls(self) -> None:
        """Take in neighbours up to a pause: where one session's last campaign changes, the next one may join it."""
        known = 0
        while known != (known := self._count("gone_sessions")):
            self._run(
                "create or replace temp table islands as select client_kind, client, first_at, last_at from hulls"
            )
            self._hulls()

    def _stretches(self) -> list[tuple[set[dt.date], dict[str, object]]]:
        """Return where rows that the marts have may change: few stretches of days, and the instants that bound each.

        In a live hour these are its hour and the end of the one before, not the whole day.
        """
        rows: list[tuple[dt.datetime, dt.datetime]] = self._connection.execute(
            "select min(first_at), max(last_at) from ("
            " select first_at, last_at from hulls where has_sessions"
            " union all select occurred_at, occurred_at from gone_events_by_day"
            ") group by cast(first_at as date), cast(last_at as date)"
        ).fetchall()
        days = days_of((start.date(), end.date()) for start, end in rows)
        stretches: list[tuple[set[dt.date], dict[str, object]]] = []
        for first, last in spans_of(days):
            inside = [(start, end) for start, end in rows if first <= start.date() <= last]
            bounds: dict[str, object] = {"from_at": min(s for s, _ in inside), "to_at": max(e for _, e in inside)}
            stretches.append(({day for day in days if first <= day <= last}, bounds))
        return stretches

    def _identities(self) -> None:
        self._run(statement("touched_links"))
        broken = self._days_in("select cast(valid_from as date), cast(last_seen_at as date) from broken_links")
        self._run(statement("identities"), broken_days=broken)

    def _visitors(self) -> None:
        for name in ("visitor_of", "visitors", "users"):
            self._run(statement(name))

    def _swaps(self) -> None:
        clock = {"lake_clock": self._window.lake_clock}
        self._run(statement("touched_routes"), clock)
        self._run(statement("gone_swaps"), swap_days=self._days_in("select day, day from touched_swaps"))
        days = self._days_in(
            "select cast(first_event_at - interval 30 minutes as date), cast(last_event_at as date) from gone_swaps"
            " union all select cast(occurred_at - interval 30 minutes as date), day from touched_swap_events"
        )
        self._run(statement("swaps"), clock, swap_days=days)

    def _days(self) -> None:
        self._run(statement("touched_days"))
        moved = self._days_in(
            "select cast(first_seen_at as date), cast(last_seen_at as date)"
            " from visitors_before semi join moved_clients using (client_kind, client)"
        )
        self._run(statement("moved_stays"), moved_days=moved)
        touched = self._days_in(
            "select cast(started_at as date), cast(ended_at as date) from gone_sessions"
            " union all select cast(started_at as date), cast(ended_at as date) from new_sessions",
            margin=1,  # a local day lies in two of UTC
        )
        for first, last in spans_of(touched):
            self._run(statement("near_stays"), _instants(first, last))
        days = self._days_in("select day, day from event_days", margin=1)
        self._run(statement("daily_metrics"), metric_days=days)

    def _now(self, mart: str) -> None:
        """Make the view of a mart as it will be."""
        key = next(one.key for one in MARTS if one.name == mart)
        same = " and ".join(f"g.{column} = m.{column}" for column in key)
        self._run(statement("now_views").replace("{mart}", mart).replace("{same key}", same))

    def _count(self, table: str) -> int:
        row = self._connection.execute(f"select count(*) from {table}").fetchone()
        return int(row[0]) if row else 0

    def _days_in(self, query: str, margin: int = 0) -> set[dt.date]:
        """Return the days of the spans that a query gives."""
        rows: list[Span] = self._connection.execute(f"select distinct * from ({query})").fetchall()
        return days_of(rows, margin)

    def _run(self, sql: str, parameters: Mapping[str, object] | None = None, **days: set[dt.date]) -> None:
        """Run a file's statements, with sets of days as constants in them."""
        for name, listed in days.items():
            sql = sql.replace(f"{{day in {name}}}", condition(listed))
        run_statements(self._connection, sql, parameters)


def run_statements(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object] | None = None
) -> None:
    """Run the statements of a file in turn, each with those of the parameters that it names."""
    lines = [line for line in sql.splitlines() if not line.startswith("--")]
    for one in "\n".join(lines).split(";\n"):
        if one.strip():
            used = {name: value for name, value in (parameters or {}).items() if f"${name}" in one}
            connection.execute(one, used).fetchall()


def _instants(first: dt.date, last: dt.date, margin: dt.timedelta = dt.timedelta()) -> dict[str, object]:
    """Return the constants that bound these days; rows outside cannot matter."""
    start, end = (dt.datetime.combine(day, dt.time()) for day in (first, last + dt.timedelta(days=1)))
    return {"from_at": start - margin, "to_at": end + margin}


def _changed(connection: duckdb.DuckDBPyConnection, mart: Mart) -> tuple[int, int]:
    """Leave rows alone that go and come back the same; return how many go and how many come."""
    gone, new = _counts(connection, mart)
    if gone and new:
        sql = statement("unchanged").replace("{mart}", mart.name)
        run_statements(connection, sql.replace("{key}", ", ".join(mart.key)))
        return _counts(connection, mart)
    return gone, new


def _counts(connection: duckdb.DuckDBPyConnection, mart: Mart) -> tuple[int, int]:
    row = connection.execute(
        f"select (select count(*) from gone_{mart.name}), (select count(*) from new_{mart.name})"
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)
