-- Temp table session_events: what session_starts cuts into sessions: events of the wanted clients (temp table
-- wanted_clients: client_kind, client, without repeats) that occurred in a window of time. Grain: event. Bots have no
-- sessions. What identify calls say of a user (traits) rides on the events after them, unless consent was taken back
-- since (temp table withdrawals). The window is widened until it holds what matters of every session (sessions.py):
-- time is what lake files are in order of, so the window bounds the scan. $from_date: nothing is received before it
-- occurs. Wants the macros of clients.sql, withheld_because.sql and sessions.py.
create or replace temp table session_events as
with keyed as (
  select
    event_id,
    occurred_at,
    consent,
    device_id,
    anonymous_id,
    client_kind(anonymous_id, device_id, device_is_new, user_id) as client_kind,
    client(anonymous_id, device_id, device_is_new, user_id) as client,
    session_url(page_url) as page_url,
    case when type = 'identify' then traits end as traits
  from events
  where date >= $from_date
    and occurred_at between $from_at and $to_at
    and not is_bot
)
select
  k.event_id,
  k.occurred_at,
  k.client_kind,
  k.client,
  k.page_url,
  case
    when withheld_because(false, k.consent, k.occurred_at, greatest(d.withdrawn_at, a.withdrawn_at)) is null
      then k.traits
  end as traits
from keyed k
semi join wanted_clients using (client_kind, client)
left join withdrawals d on k.traits is not null and d.kind = 'device' and d.id = k.device_id
left join withdrawals a on k.traits is not null and a.kind = 'anonymous' and a.id = k.anonymous_id;
