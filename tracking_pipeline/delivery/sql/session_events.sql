-- Temp table session_events: what session_starts cuts into sessions: events of the wanted clients (temp table
-- wanted_clients: client_kind, client, without repeats) that occurred in a window of time. Grain: event. Bots have no
-- sessions. What identify calls say of a user (traits) rides on the events after them. The window is widened until it holds what matters of every session (sessions.py): time is what lake files
-- are in order of, so the window bounds the scan. $from_date: nothing is received before it occurs.
-- Wants the macros of clients.sql and sessions.py.
create or replace temp table session_events as
with keyed as (
  select
    event_id,
    occurred_at,
    client_kind(anonymous_id, device_id, device_is_new, user_id) as client_kind,
    client(anonymous_id, device_id, device_is_new, user_id) as client,
    session_url(page_url) as page_url,
    case when type = 'identify' and coalesce(consent, 'granted') = 'granted' then traits end as traits
  from events
  where date >= $from_date
    and occurred_at between $from_at and $to_at
    and not is_bot
)
select keyed.*
from keyed
semi join wanted_clients using (client_kind, client);
