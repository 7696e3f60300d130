"""How the events of some visits arrive: when they are received, which come twice, and in which part files.

Decided by hashes of a seed of its own, so that one world can arrive in many ways: the marts must not tell which.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from bench.swapsite.people import AGENTS, BOT_AGENT
from bench.swapsite.visits import DAY_US, FAILURES, LANDINGS, PAGES, PAIRS, START_US, Visit
from ingest_api.landing import Landing
from ingest_api.partitions import HOUR_US, Hour, hour_of, part_name

LATEST_DELAY_US = 3 * DAY_US
VISITS_A_CHUNK = 20_000
PLAN = pa.schema(
    {
        "visit": pa.int64(),
        "n": pa.int32(),
        "act": pa.string(),
        "at_us": pa.int64(),
        "kind": pa.string(),
        "client": pa.string(),
        "device": pa.string(),
        "is_new": pa.bool_(),
        "user_id": pa.string(),
        "agent": pa.int32(),
        "page": pa.int32(),
        "landing": pa.int32(),
        "is_landing": pa.bool_(),
        "route": pa.int64(),
        "pair": pa.int32(),
        "usd_micro": pa.int64(),
        "attempt": pa.int32(),
        "detail": pa.int32(),
        "wallet": pa.string(),
    }
)
ARRIVE = """
create or replace table arrivals as
with delayed as (
  select
    *,
    if(
      hash(visit, $seed, 'late') % 1000 < $late,
      hash(visit, $seed) % $latest,
      50000 + hash(visit, n, $seed) % 2000000
    ) as delay
  from plan
)
select *, at_us + cast(delay as bigint) as received_us from delayed
union all
select *, at_us + cast(delay + 5000000 + hash(visit, n, $seed, 'again') % 600000000 as bigint) from delayed
where hash(visit, n, $seed, 'twice') % 1000 < $copies
order by received_us
"""
# A bot after everything else: whatever came late, the newest hour of receipt is the same.
LAST = """
insert into plan
select
  -1, 0, 'page', $at_us, 'anonymous', 'the-last', 'the-last', true, null, $bot, 0, 0, true, null, null, null, 0, 0, null
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One way to arrive: thousandths of visits that come late (up to three days) and of events that come twice."""

    seed: int = 0
    late: int = 30
    copies: int = 10
    parts_an_hour: int = 1


def plan(connection: duckdb.DuckDBPyConnection, visits: Iterable[Visit], days: int) -> None:
    """Fill the table ``plan``, one row per event, and the small tables that rows are made with."""
    connection.register("no_events", PLAN.empty_table())
    connection.execute("create or replace table plan as from no_events")
    waiting = iter(visits)
    while chunk := list(islice(waiting, VISITS_A_CHUNK)):
        columns = zip(*(row for visit in chunk for row in _rows(visit)), strict=True)
        arrays = [pa.array(values, type=field.type) for values, field in zip(columns, PLAN, strict=True)]
        connection.register("chunk", pa.table(arrays, schema=PLAN))
        connection.execute("insert into plan from chunk")
    connection.execute(LAST, {"at_us": START_US + days * DAY_US + 2 * LATEST_DELAY_US, "bot": len(AGENTS)})
    _small_tables(connection)


def arrive(connection: duckdb.DuckDBPyConnection, arrival: Arrival) -> None:
    """Fill the table ``arrivals``, one row per receipt in order, and point the view ``site_rows`` at it."""
    connection.execute(
        ARRIVE,
        {"seed": arrival.seed, "late": arrival.late, "copies": arrival.copies, "latest": LATEST_DELAY_US},
    )
    connection.execute(Path(__file__).with_name("rows.sql").read_text())


def hours_of(connection: duckdb.DuckDBPyConnection) -> list[Hour]:
    """Return the hours of receipt in order."""
    numbers = connection.execute(
        "select distinct received_us // 3600000000 as hour from arrivals order by hour"
    ).fetchall()
    return [hour_of(number * HOUR_US) for (number,) in numbers]


def write_hour(connection: duckdb.DuckDBPyConnection, landing: Landing, hour: Hour, arrival: Arrival) -> Iterator[str]:
    """Write the part files of one hour, as the publisher names them; yield their paths in the landing zone."""
    first_us = int(hour.start.timestamp()) * 1_000_000
    window = "received_us >= $first and received_us < $next and hash(message_id, received_at, $seed) % $parts = $part"
    for part in range(arrival.parts_an_hour):
        given = {
            "first": first_us,
            "next": first_us + HOUR_US,
            "seed": arrival.seed,
            "parts": arrival.parts_an_hour,
            "part": part,
        }
        connection.execute(
            f"create or replace temp table part as select * exclude (received_us) from site_rows where {window}"
            " order by received_at, message_id",
            given,
        )
        [(count,)] = connection.execute("select count(*) from part").fetchall()
        if not count:
            continue
        digest = hashlib.sha256(f"{hour.key}-{part}-{arrival}".encode()).hexdigest()[:16]
        path = f"events/{hour.folder}/{part_name(first_us + part, digest, count)}"
        target = landing.absolute(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        options = f"format parquet, compression zstd, kv_metadata {{'tracking.received': '{count}'}}"
        connection.execute(f"copy part to '{target}' ({options})")
        yield path


def _rows(visit: Visit) -> Iterator[tuple[object, ...]]:
    browser, landing = visit.browser, LANDINGS.index(visit.landing)
    for n, event in enumerate(visit.events):
        route = event.route
        wallet = browser.wallets[event.detail] if event.act == "connect" else None
        routed = (route.number, route.pair, route.usd_micro) if route else (None, None, None)
        whose = (browser.kind, browser.client, browser.device_id, event.is_new_device, event.user_id, browser.agent)
        shown = (event.page, landing, n == 0)
        yield (visit.number, n, event.act, event.at_us, *whose, *shown, *routed, event.attempt, event.detail, wallet)


def _small_tables(connection: duckdb.DuckDBPyConnection) -> None:
    agents = [(text,) for text, _ in AGENTS] + [(BOT_AGENT,)]
    _table(connection, "agents", "agent varchar", agents)
    _table(connection, "pages", "path varchar", [(path,) for path in PAGES])
    _table(connection, "landings", "query varchar, referrer varchar", [row[:2] for row in LANDINGS])
    _table(connection, "pairs", "from_chain bigint, from_symbol varchar, to_chain bigint, to_symbol varchar", PAIRS)
    _table(connection, "failures", "code varchar, sent_class varchar", [row[:2] for row in FAILURES])


def _table(connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
    connection.execute(f"create or replace table {name} (id bigint, {columns})")
    numbered = [(number, *row) for number, row in enumerate(rows)]
    marks = ", ".join("?" * len(numbered[0]))
    connection.executemany(f"insert into {name} values ({marks})", numbered)
