-- Temp view session_events: what session_starts cuts into sessions: events received from $from_date on of the wanted
-- clients (temp table wanted_clients: client_kind, client, without repeats). Grain: event. Bots have no sessions.
-- {from_date} is a constant day of receipt that bounds the scan: a day before the earliest event asked for is enough
-- for sessions of up to 24 hours, because nothing is received before it occurs. Wants the macros of clients.sql.
create or replace temp view session_events as
with keyed as (
  select
    event_id,
    occurred_at,
    client_kind(anonymous_id, device_id, device_is_new, user_id) as client_kind,
    client(anonymous_id, device_id, device_is_new, user_id) as client
  from events
  where date >= date '{from_date}'
    and not is_bot
)
select keyed.*
from keyed
semi join wanted_clients using (client_kind, client);
