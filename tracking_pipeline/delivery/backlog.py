"""The backlog of one run: which events are unsent, found once and kept up, so that a round does not search the lake.

A temp table, derived from lake and ledger and from nothing else: a run that dies loses nothing, the next one looks
again. What bounds the look is the watermark: events written up to that transaction are settled. Every write to
``events`` carries its transaction's number, a replaced hour's and a displaced row's too, so they are looked at again,
and the ledger says what is settled of them.

After a long outage not all are held, only those that happened before a horizon, which moves on as they come to an end:
a run takes no more memory for a million events than for a hundred thousand.
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
NONE, ALL = (dt.datetime.fromisoformat(f"{year}-01-01") for year in ("0001", "9999"))  # horizons: nothing seen yet, all
ANY = 2**62
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


@dataclass(frozen=True, slots=True)
class Survey:
    """What is left: events that a round would draw from, those of them that expire within 12 hours, and the watermark.

    ``watermark``: the transaction up to which all events are settled.
    """

    pending: int
    expiring: int
    watermark: int


@dataclass(slots=True)
class Backlog:
    """A destination's unsent events received at or after ``since``, looked for from transaction ``seen`` on.

    About ``hold`` are held at a time, a quarter more at most, but for what loads bring in that is older than those.
    """

    connection: duckdb.DuckDBPyConnection
    destination: str
    since: dt.datetime
    seen: int
    rule: SessionRule = DEFAULT
    hold: int = 100_000
    _first: int = field(default=0, init=False)  # what lies behind the horizon was looked for up to this transaction
    _horizon: dt.datetime = field(default=NONE, init=False)

    def __post_init__(self) -> None:
        self._first = self.seen

    @property
    def has_looked(self) -> bool:
        """Whether anything was looked for yet."""
        return self._horizon > NONE

    def refresh(self, now: dt.datetime) -> int:
        """Look at what was written since the last look; return how many events. Instants are naive UTC.

        While few are held, looks further ahead.
        """
        if not self.has_looked:
            self.connection.execute(statement("unsent"))
            self.connection.execute(statement("withheld_because"))
            self.connection.execute(lake_statement("clients"))
            define(self.connection, self.rule)
        looked_at = self._look(now)
        while self.needs_more(now):
            looked_at += self._look(now)
        return looked_at

    def needs_more(self, now: dt.datetime) -> bool:
        """Tell whether to look further ahead: few are held, and not all."""
        return self._horizon < ALL and self.count(now) < max(1, self.hold // 4)

    def is_empty(self, now: dt.datetime) -> bool:
        """Tell whether nothing is left to send."""
        return self._horizon == ALL and self.count(now) == 0

    def look_again(self, now: dt.datetime) -> None:
        """Look at everything anew: what had come to an end has not."""
        self.seen = self._first = 0
        self._horizon = NONE
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
        """Count the held events that a round would draw from."""
        return self._one("select count(*) from unsent where occurred_at >= $oldest", {"oldest": now - MAX_AGE})

    def survey(self, now: dt.datetime) -> Survey:
        """Count all that is left, held or not. The backlog is of no use afterwards."""
        found = [self._survey_held(now)]
        while self._horizon < ALL:
            self.connection.execute("delete from unsent").fetchall()
            self._look(now)
            found.append(self._survey_held(now))
        return Survey(
            sum(each.pending for each in found),
            sum(each.expiring for each in found),
            min(each.watermark for each in found),
        )

    def _survey_held(self, now: dt.datetime) -> Survey:
        oldest = now - MAX_AGE
        row = self.connection.execute(
            "select count(*), count(*) filter (where occurred_at < $soon), coalesce(min(load_id) - 1, $seen)"
            " from unsent where occurred_at >= $oldest",
            {"oldest": oldest, "soon": oldest + EXPIRES_SOON, "seen": self.seen},
        ).fetchone()
        return Survey(*row) if row else Survey(0, 0, self.seen)

    def _look(self, now: dt.datetime) -> int:
        """Look at what was written since the last look and, where few are held, at a further stretch of time."""
        oldest = now - MAX_AGE
        first_hour = max(oldest, self.since)
        upto = ALL if self.needs_more(now) else self._horizon
        self.connection.execute("begin")  # one snapshot for fence, events and ledger
        try:
            fence = newest_transaction(self.connection)
            look = {"seen": self.seen, "date": first_hour.date(), "hour": first_hour.hour, "since": self.since}
            look |= {"expired_before": oldest, "first": self._first, "horizon": self._horizon}
            if (looked_at := self._arrive(look, upto, self.hold + 1)) > self.hold:
                upto = self._reach(look, upto)
                looked_at = self._arrive(look, upto, ANY)
            ledger = {"destination": self.destination, "ledger_date": oldest.date()}
            self.connection.execute(statement("settled"), ledger).fetchall()
            self.connection.execute(statement("enter_arrivals")).fetchall()
            self.connection.execute("drop table arrivals; drop table settled").fetchall()
            self.connection.execute("commit")
        except BaseException:
            self.connection.execute("rollback")
            raise
        self.seen = fence
        self._horizon = upto
        return looked_at

    def _arrive(self, look: dict[str, object], upto: dt.datetime, most: int) -> int:
        """Fill temp table ``arrivals``, with so many at most, and return how many there are."""
        parameters = {**look, "upto": upto, "most": most}
        self.connection.execute(statement("arrivals"), parameters).fetchall()
        return self._one("select count(*) from arrivals")

    def _reach(self, look: dict[str, object], upto: dt.datetime) -> dt.datetime:
        """Return how far ahead to look, at most to ``upto``, so as to hold no more than wanted."""
        if upto == self._horizon:
            return upto
        parameters = {name: value for name, value in look.items() if name != "seen"}
        row = self.connection.execute(statement("reach"), {**parameters, "hold": self.hold}).fetchone()
        return row[0] if row and row[0] else ALL

    def _one(self, query: str, parameters: dict[str, object] | None = None) -> int:
        row = self.connection.execute(query, parameters or {}).fetchone()
        return int(row[0]) if row else 0
