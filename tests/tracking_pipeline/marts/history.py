"""Random histories of a lake, small and nasty: late events, bridges, removals, replaced hours, shared devices, bots.

They run in plain DuckDB tables (the marts' SQL knows no lake), so that hundreds of them take no time to speak of. The
same marts on a real lake, with real loads, are in ``test_lake.py``.
"""

import datetime as dt
import hashlib
import random
import uuid
from dataclasses import dataclass, field

import duckdb

from tracking_pipeline.lake.marts.compute import Window, compute
from tracking_pipeline.lake.marts.refresh import apply, read_state
from tracking_pipeline.lake.marts.tables import MART_TABLES, MARTS
from tracking_pipeline.lake.sessions import DEFAULT, SessionRule
from tracking_pipeline.lake.tables import EVENTS, LOADED_FILES, REMOVED, Table

NOON = dt.datetime.fromisoformat("2026-11-25 12:00")
GRID = dt.timedelta(minutes=10)
ROUTE_EVENTS = ("started", "updated", "completed", "failed")
CHOICES = ("lifi_source_chain_token_selected", "lifi_available_routes", "lifi_route_selected")
PAGES = (
    None,
    "https://s.example/x",
    "https://s.example/?utm_source=n&utm_medium=email",
    "https://s.example/y?utm_source=n&utm_medium=email",
    "https://s.example/?gclid=1",
)
Row = dict[str, object]


def new_lake() -> duckdb.DuckDBPyConnection:
    """Return a connection with the tables that the marts read and write, all empty."""
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    connection.execute("set timezone = 'UTC'")
    for table in (EVENTS, LOADED_FILES, REMOVED, *MART_TABLES):
        connection.execute(f"create table {table.name} ({', '.join(f'{c.name} {c.type}' for c in table.columns)})")
    return connection


def random_event(dice: random.Random, number: int) -> Row:
    """Return one event of few people on few devices, within a few days, on a grid that loves 30 minutes."""
    occurred_at = NOON + dice.choice((0, 0, 0, 0, 1, -30)) * dt.timedelta(days=1) + dice.randrange(0, 16) * GRID
    occurred_at += dt.timedelta(microseconds=dice.choice((0, 0, 0, 1)))
    name, properties = "click", "{}"
    if dice.random() < 0.3:
        name = f"lifi_route_execution_{dice.choice(ROUTE_EVENTS)}"
        progress = f'"attempt":{dice.choice(("null", 1, 1, 2))},"step_index":{dice.choice(("null", 0, 1))}'
        progress += dice.choice(("", ',"action_status":"DONE"', ',"action_status":"FAILED"'))
        properties = f'{{"route_id":"r{dice.randrange(3)}","from_amount_usd":"{dice.randrange(9)}.1",{progress}}}'
    elif dice.random() < 0.3:
        name, properties = dice.choice(CHOICES), f'{{"route_id":"r{dice.randrange(3)}"}}'
    return {
        "event_id": _event_id(number),
        "message_id": str(number),
        "source": "site",
        "type": dice.choice(("page", "page", "track", "track", "track", "alias", "identify")),
        "event_name": name,
        "occurred_at": occurred_at,
        "received_at": occurred_at,
        "anonymous_id": dice.choice((None, "a", "a", "b")),
        "device_id": dice.choice((None, "d", "d", "e")),
        "device_is_new": dice.random() < 0.2,
        "user_id": dice.choice((None, None, None, "u", "v")),
        "previous_id": dice.choice((None, "a", "b")),
        "wallets": dice.choice((None, None, ["evm:1"], ["evm:1", "evm:2"])),
        "page_url": dice.choice(PAGES),
        "page_referrer": dice.choice((None, "https://www.google.com/")),
        "country": dice.choice((None, "DE", "FR")),
        "is_bot": dice.random() < 0.1,
        "properties": properties,
        "off_plan": dice.choice((None, None, None, "unknown_parameter", "wrong_type:attempt")),
    }


def _event_id(number: int) -> uuid.UUID:
    return uuid.UUID(bytes=hashlib.md5(str(number).encode()).digest())


@dataclass
class History:
    """A lake as it changes; ``present`` are the rows that ``events`` holds now."""

    dice: random.Random
    connection: duckdb.DuckDBPyConnection = field(default_factory=new_lake)
    present: dict[object, Row] = field(default_factory=dict)
    fence: int = 0
    made: int = 0
    rule: SessionRule = DEFAULT

    def transact(self) -> None:
        """Do one transaction: load new events, take some out, load some of those anew, all with one load_id."""
        self.fence += 1
        leaving = self._some() if self.dice.random() < 0.6 else []
        coming = [row for row in leaving if self.dice.random() < 0.7]  # an hour replaced: its rows come again
        if self.dice.random() < 0.8:
            coming += [self._fresh() for _ in range(self.dice.randrange(1, 6))]
        for row in leaving:
            self.connection.execute("delete from events where event_id = ?", [row["event_id"]])
            del self.present[row["event_id"]]
        names = ("event_id", "occurred_at", "device_id", "device_is_new", "anonymous_id", "user_id")
        self._insert(REMOVED, [{name: row[name] for name in names} for row in leaving])
        self._insert(EVENTS, coming)
        self.present |= {row["event_id"]: row for row in coming}
        hour = NOON + dt.timedelta(hours=self.fence)
        self._insert(LOADED_FILES, [{"date": hour.date(), "hour": hour.hour}])

    def load(self, described: list[Row]) -> None:
        """Load events of which only the ids and the minute matter, and bring the marts up."""
        self.fence += 1
        for row in described:
            self.made += 1
            ids = {name: value for name, value in row.items() if name != "minute"}
            occurred_at = NOON + dt.timedelta(minutes=row["minute"])  # type: ignore[arg-type]
            plain = {"source": "site", "type": "track", "device_is_new": False, "is_bot": False}
            self._insert(EVENTS, [{**plain, "event_id": _event_id(self.made), "occurred_at": occurred_at, **ids}])
        self._insert(LOADED_FILES, [{"date": NOON.date(), "hour": NOON.hour}])
        self._window(self.fence)

    def refresh(self) -> None:
        """Bring the marts up, in one window or in two."""
        if self.dice.random() < 0.3:
            self._window(self.dice.randint(read_state(self.connection).load_id, self.fence))
        self._window(self.fence)

    def recompute(self) -> None:
        """Compute all marts from nothing."""
        for table in MART_TABLES:
            self.connection.execute(f"delete from {table.name}")
        self._window(self.fence)

    def marts(self) -> dict[str, list[object]]:
        """Return all rows of all marts, in an order that does not matter."""
        found: dict[str, list[object]] = {}
        for mart in MARTS:
            rows = self.connection.execute(f"select columns(*)::varchar from {mart.name} order by all").fetchall()
            found[mart.name] = list(rows)
        return found

    def _window(self, upto: int) -> None:
        state = read_state(self.connection)
        if upto <= state.load_id:
            return
        clock = self.connection.execute(
            "select max(cast(date as timestamp) + to_hours(hour + 1)) from loaded_files where load_id <= ?", [upto]
        ).fetchone()
        assert clock is not None
        window = Window(state.load_id, upto, max(state.lake_clock, clock[0]), self.rule)
        counts = compute(self.connection, window)
        self.connection.execute("begin")
        apply(self.connection, window, counts)
        self.connection.execute("commit")

    def _some(self) -> list[Row]:
        rows = list(self.present.values())
        return self.dice.sample(rows, min(len(rows), self.dice.randrange(0, 5)))

    def _fresh(self) -> Row:
        self.made += 1
        return random_event(self.dice, self.made)

    def _insert(self, table: Table, rows: list[Row]) -> None:
        for row in rows:
            filled = row | {"load_id": self.fence}
            columns = ", ".join(filled)
            marks = ", ".join("?" * len(filled))
            self.connection.execute(f"insert into {table.name} ({columns}) values ({marks})", list(filled.values()))
