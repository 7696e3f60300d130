-- Temp table session_starts: one row per event of the wanted clients, with the start of its session. Key: event_id.
-- A session ends after 30 minutes without an event of its client. Bots have none. Idempotent.
-- Wants: the macros of clients.sql; temp table wanted_clients (client_kind, client), without repeats;
-- $from_date, a constant day of receipt that bounds the scan: a day before the earliest event asked for is enough
-- for sessions of up to 24 hours, because nothing is received before it occurs.
create or replace temp table session_starts as
with keyed as (
  select
    event_id,
    occurred_at,
    client_kind(anonymous_id, device_id, device_is_new, user_id) as client_kind,
    client(anonymous_id, device_id, device_is_new, user_id) as client
  from events
  where date >= $from_date
    and not is_bot
),
wanted as (
  select keyed.*
  from keyed
  semi join wanted_clients using (client_kind, client)
),
starts as (
  select
    *,
    case
      when occurred_at - lag(occurred_at) over in_order <= interval 30 minutes then null
      else occurred_at
    end as starts_here
  from wanted
  window in_order as (partition by client_kind, client order by occurred_at, event_id)
)
select
  event_id,
  occurred_at,
  client_kind,
  client,
  last_value(starts_here ignore nulls) over (
    partition by client_kind, client
    order by occurred_at, event_id
    rows between unbounded preceding and current row
  ) as session_start
from starts;
