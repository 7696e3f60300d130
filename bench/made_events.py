"""Events made up by SQL, written straight into a lake as loads would; and two days of them that were sent long ago."""

import datetime as dt

from bench.load import Bench
from tracking_pipeline.lake.tables import EVENTS

HOURS = 48

HISTORY = """
insert into events ({columns})
select {values}
from (
  select
    i as n,
    md5($salt || i) as h,
    $start + to_microseconds(cast(i * $span_us // $rows as bigint)) as moment
  from range($rows) t(i)
)
"""
LEDGER = """
insert into deliveries (
  event_id, destination, state, attempt_id, request_id, client_id, session_id, journal, recorded_at, load_id, date, hour
)
select
  event_id, 'ga4', {state}, substr(cast(event_id as varchar), 20), substr(cast(event_id as varchar), 1, 23),
  {told}, received_at, load_id + {later}, date, hour
from events
where date = $date and hour = $hour
"""
MADE = {
    "event_id": "cast(lpad(printf('%012x', epoch_ms(moment)), 12, '0')"
    " || '8' || substr(h, 1, 3) || '8' || substr(h, 4, 15) as uuid)",
    "message_id": "'m-' || h",
    "source": "'default'",
    "type": "'track'",
    "event_name": "'Swap Started'",
    "occurred_at": "moment",
    "occurred_from": "'client'",
    "client_at": "moment",
    "sent_at": "moment",
    "received_at": "moment",
    "anonymous_id": "'anon-' || ((n // $each) % $clients)",
    "page_url": "'https://swap.example/exchange?fromChain=' || (n % 40)",
    "page_title": "'Swap'",
    "properties": '\'{"from_chain_id":\' || (n % 40) || \',"tool":"relay"}\'',
    "device_is_new": "false",
    "dialect": "'segment'",
    "is_bot": "false",
    "date": "cast(moment as date)",
    "hour": "hour(moment)",
    "source_file": "'events/made'",
    "ordinal": "n",
    "load_id": "$load_id",
}


def add(bench: Bench, start: dt.datetime, load_id: int, **how: int) -> None:
    """Write ``rows`` events of ``clients`` over ``span_us`` straight into the lake, as one load would."""
    values = ", ".join(MADE.get(name, "null") for name in EVENTS.names)
    parameters = {"start": start, "load_id": load_id, **how}
    sql = HISTORY.format(columns=", ".join(EVENTS.names), values=values)
    bench.store.connection.execute(sql, {**parameters, "salt": f"{start}-"}).fetchall()
    bench.store.connection.execute("update fence set n = $n", {"n": load_id}).fetchall()


def make_history(bench: Bench, now: dt.datetime, rows: int) -> int:
    """Fill two days with events that were sent; return the newest transaction."""
    load_id = 10
    for number in range(HOURS):
        start = now - dt.timedelta(hours=HOURS - number)
        add(bench, start, load_id, rows=rows // HOURS, span_us=3_600_000_000, clients=5_000, each=8)
        key = {"date": start.date(), "hour": start.hour}
        for later, (state, told) in enumerate((("'leased'", "'1.2', '3', 'j'"), ("'sent'", "null, null, null")), 1):
            sql = LEDGER.format(state=state, told=told, later=later)
            bench.store.connection.execute(sql, key).fetchall()
        load_id += 3
    bench.store.connection.execute("update fence set n = $n", {"n": load_id}).fetchall()
    return load_id
