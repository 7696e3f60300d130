"""The made-up swap site in tests: its marts as they must be and as they are, in the same shape."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import duckdb

from bench.swapsite.arrivals import Arrival, arrive, hours_of, plan, write_hour
from bench.swapsite.people import AGENTS, BOT_AGENT
from bench.swapsite.truth import Session, Swap, Truth, instant, usd
from bench.swapsite.visits import Visit
from ingest_api.catalogue import catalogue
from tests.tracking_pipeline.lake.parts import new_store
from tests.tracking_pipeline.marts.history import new_lake
from tracking_pipeline.lake.insert import Store
from tracking_pipeline.lake.marts.compute import Window, compute
from tracking_pipeline.lake.marts.refresh import apply

Rows = list[tuple[object, ...]]
COLUMNS = {
    "sessions": "client_kind, client, started_at, ended_at, events, page_views, swaps_started, swaps_completed,"
    " is_engaged, is_bounce, entry_path, source, medium, campaign, channel, user_id",
    "visitors": "client_kind, client, visitor_id",
    "users": "visitor_id, clients, first_seen_at, last_seen_at, sessions, engaged_sessions, events, page_views,"
    " swaps_completed, first_channel",
    "swaps": "route_id, client_kind, client, status, tokens_chosen_at, routes_seen_at, selected_at, started_at,"
    " completed_at, failed_at, attempts, failures, updates, from_amount, from_amount_usd, error_class",
    "daily_metrics": "day, events, page_views, visitors, new_visitors, users, sessions, engaged_sessions, bounces,"
    " swaps_started, swaps_completed, swapped_usd",
    "event_catalog_coverage": "event_name, finding, parameter, in_catalogue, events, first_seen_at, last_seen_at",
}

NAMES = {
    "connect": "wallet_connect",
    "tokens": "lifi_source_chain_token_selected",
    "routes": "lifi_available_routes",
    "select": "lifi_route_selected",
    "start": "lifi_route_execution_started",
    "update": "lifi_route_execution_updated",
    "complete": "lifi_route_execution_completed",
    "fail": "lifi_route_execution_failed",
    "server": "Quote Checked",
}
OFF_PLAN = {1: ("unknown_parameter", "beta_flag"), 2: ("wrong_type", "from_chain_id")}


def stored(connection: duckdb.DuckDBPyConnection) -> dict[str, Rows]:
    """Return what the marts say."""
    return {
        mart: sorted(connection.execute(f"select {columns} from {mart}").fetchall(), key=str)
        for mart, columns in COLUMNS.items()
    }


def expected(truth: Truth) -> dict[str, Rows]:
    """Return what the marts must say."""
    rows = {
        "sessions": [_session(session) for session in truth.sessions],
        "visitors": [(*client, visitor) for client, visitor in truth.visitors.items()],
        "users": _users(truth),
        "swaps": [_swap(swap) for swap in truth.swaps.values()],
        "daily_metrics": _days(truth),
        "event_catalog_coverage": _coverage(truth),
    }
    return {mart: sorted(found, key=str) for mart, found in rows.items()}


def plain_marts(visits: Iterable[Visit], days: int) -> duckdb.DuckDBPyConnection:
    """Return marts computed in plain tables from the first receipts: no lake, no files."""
    connection = new_lake()
    plan(connection, visits, days)
    arrive(connection, Arrival(copies=0))
    connection.execute(
        "insert into events by name"
        " select * exclude (received_us), coalesce(user_agent = $bot, false) as is_bot, 1 as load_id,"
        " $kinds[list_position($agents, user_agent)] as device_type from site_rows",
        {"bot": BOT_AGENT, "agents": [text for text, _ in AGENTS], "kinds": [kind for _, kind in AGENTS]},
    )
    [(clock,)] = connection.execute("select max(received_at) + interval 1 hour from events").fetchall()
    window = Window(0, 1, clock)
    apply(connection, window, compute(connection, window))
    return connection


def landed(folder: Path, visits: Iterable[Visit], days: int, arrival: Arrival) -> Store:
    """Return an empty lake whose landing zone holds what arrived."""
    store = new_store(folder)
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        plan(connection, visits, days)
        arrive(connection, arrival)
        for hour in hours_of(connection):
            for _ in write_hour(connection, store.landing, hour, arrival):
                pass
    return store


def _session(session: Session) -> tuple[object, ...]:
    landing, events = session.visit.landing, session.visit.events
    came = landing[2:] if session.client[0] == "anonymous" else ("(direct)", "(none)", None, "Direct")
    counts = (len(events), session.count("page"), session.count("start"), session.count("complete"))
    judged = (session.is_engaged, not session.is_engaged)
    return (
        *session.client, session.started_at, session.ended_at, *counts, *judged, session.entry_path, *came,
        session.user_id,
    )  # fmt: skip


def _users(truth: Truth) -> Rows:
    found: dict[str, list[Session]] = defaultdict(list)
    for session in truth.sessions:
        found[truth.visitors[session.client]].append(session)
    rows: Rows = []
    for visitor, sessions in found.items():
        first = min(sessions, key=lambda session: session.started_at)
        totals = [sum(column) for column in zip(*(_totals(session) for session in sessions), strict=True)]
        seen = (first.started_at, max(session.ended_at for session in sessions))
        rows.append((visitor, len({s.client for s in sessions}), *seen, len(sessions), *totals, _session(first)[-2]))
    return rows


def _totals(session: Session) -> tuple[int, ...]:
    return (session.is_engaged, len(session.visit.events), session.count("page"), session.count("complete"))


def _swap(swap: Swap) -> tuple[object, ...]:
    chosen = [None if at is None else instant(at) for at in (swap.tokens_at, swap.routes_at, swap.selected_at)]
    completed = swap.first("complete")
    return (
        f"route-{swap.route.number}", *swap.client, swap.status, *chosen, instant(swap.started_us),
        None if completed is None else instant(completed),
        instant(swap.failures[-1].at_us) if swap.failures else None,
        max(event.attempt for event in swap.events), len(swap.failures),
        sum(event.act == "update" for event in swap.events), swap.route.base_units, usd(swap.route.usd_micro),
        swap.error_class,
    )  # fmt: skip


def _days(truth: Truth) -> Rows:
    rows: Rows = []
    for day, of in truth.days.items():
        values = asdict(of) | {"visitors": len(of.visitors), "users": len(of.users)}
        names = COLUMNS["daily_metrics"].split(", ")[1:]
        values["bounces"] = of.sessions - of.engaged_sessions
        rows.append((day, *(values[name] for name in names)))
    return rows


def _coverage(truth: Truth) -> Rows:
    found: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for event in (event for session in truth.sessions for event in session.visit.events):
        if name := NAMES.get(event.act):
            found[(name, "seen", "")].append(event.at_us)
            if event.act == "tokens" and event.detail:
                found[(name, *OFF_PLAN[event.detail])].append(event.at_us)
    names = set(catalogue().events)
    rows: Rows = [(*key, key[0] in names, len(at), instant(min(at)), instant(max(at))) for key, at in found.items()]
    missing = names - {name for name, *_ in found}
    return rows + [(name, "not_seen", "", True, 0, None, None) for name in missing]
