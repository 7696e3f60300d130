"""The backlog of one run: which events are unsent, found once and kept up, so that a round does not search the lake.

A temp table, derived from lake and ledger and from nothing else: a run that dies loses nothing, the next one looks
again. What bounds the look is the watermark: events written up to that transaction are settled. Every write to
``events`` carries its transaction's number, a replaced hour's and a displaced row's too, so they are looked at again,
and the ledger says what is settled of them.
"""

import contextlib
import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from tracking_pipeline.delivery.ga4 import rules
from tracking_pipeline.delivery.ledger import statement
from tracking_pipeline.lake.schema import statement as lake_statement
from tracking_pipeline.lake.sessions import DEFAULT, SessionRule, define
from tracking_pipeline.lake.writer import newest_transaction

MAX_AGE = dt.timedelta(minutes=rules.MAX_AGE_MINUTES)
EXPIRES_SOON = dt.timedelta(hours=12)  # a warning comes while there is still a night to act


@contextlib.contextmanager
def registered(connection: duckdb.DuckDBPyConnection, name: str, **columns: list[str]) -> Iterator[None]:
    """Show columns of text as a table inside the block.

    A long list as a parameter costs 0.08 ms a value: DuckDB 1.5.5 looks for modules that are not installed, each time.
    """
    connection.register(name, pa.table({key: pa.array(values, pa.string()) for key, values in columns.items()}))
    try:
        yield
    finally:
        connection.unregister(name)


@dataclass(slots=True)
class Backlog:
    """A destination's unsent events received at or after ``since``, looked for up to transaction ``seen``."""

    connection: duckdb.DuckDBPyConnection
    destination: str
    since: dt.datetime
    seen: int
    rule: SessionRule = DEFAULT
    has_looked: bool = field(default=False, init=False)

    def refresh(self, now: dt.datetime) -> int:
        """Look at what was written since the last look; return how many events. Instants are naive UTC."""
        if not self.has_looked:
            self.connection.execute(statement("unsent"))
            self.connection.execute(lake_statement("clients"))
            define(self.connection, self.rule)
        oldest = now - MAX_AGE
        first_hour = max(oldest, self.since)
        self.connection.execute("begin")  # one snapshot for fence, events and ledger
        try:
            fence = newest_transaction(self.connection)
            look = {"seen": self.seen, "date": first_hour.date(), "hour": first_hour.hour, "since": self.since}
            self.connection.execute(statement("arrivals"), {**look, "expired_before": oldest}).fetchall()
            ledger = {"destination": self.destination, "ledger_date": oldest.date()}
            self.connection.execute(statement("settled"), ledger).fetchall()
            self.connection.execute(statement("enter_arrivals")).fetchall()
            looked_at = self._one("select count(*) from arrivals")
            self.connection.execute("drop table arrivals; drop table settled").fetchall()  # 80 MB of a million events
            self.connection.execute("commit")
        except BaseException:
            self.connection.execute("rollback")
            raise
        self.seen = fence
        self.has_looked = True
        return looked_at

    def look_again(self, now: dt.datetime) -> None:
        """Look at everything anew: what had come to an end has not."""
        self.seen = 0
        self.refresh(now)

    def choose(self, now: dt.datetime, limit: int, block: int) -> int:
        """Choose about ``limit`` events for a round (temp table ``planned``), one as a probe; return how many."""
        oldest = now - MAX_AGE
        if limit > 1:
            round_of = {"expired_before": oldest, "limit": limit, "block": min(limit, block)}
            self.connection.execute(statement("planned"), round_of).fetchall()
        else:
            probe = {"expired_before": oldest, "ledger_date": oldest.date(), "destination": self.destination}
            self.connection.execute(statement("probe"), probe).fetchall()
        return self._one("select count(*) from planned")

    def settle(self, event_ids: Collection[str]) -> None:
        """Forget events: they came to an end, or are no longer in the lake."""
        if event_ids:
            with registered(self.connection, "ended", event_id=list(event_ids)):
                query = "delete from unsent where event_id in (select cast(event_id as uuid) from ended)"
                self.connection.execute(query).fetchall()

    def count(self, now: dt.datetime) -> int:
        """Count the events that a round would draw from."""
        return self._one("select count(*) from unsent where occurred_at >= $oldest", {"oldest": now - MAX_AGE})

    def expiring(self, now: dt.datetime) -> int:
        """Count those of them that expire within 12 hours."""
        query = "select count(*) from unsent where occurred_at >= $oldest and occurred_at < $soon"
        return self._one(query, {"oldest": now - MAX_AGE, "soon": now - MAX_AGE + EXPIRES_SOON})

    def watermark(self, now: dt.datetime) -> int:
        """Return the transaction up to which all events are settled."""
        query = "select min(load_id) - 1 from unsent where occurred_at >= $oldest"
        row = self.connection.execute(query, {"oldest": now - MAX_AGE}).fetchone()
        return self.seen if row is None or row[0] is None else int(row[0])

    def _one(self, query: str, parameters: dict[str, object] | None = None) -> int:
        row = self.connection.execute(query, parameters or {}).fetchone()
        return int(row[0]) if row else 0
