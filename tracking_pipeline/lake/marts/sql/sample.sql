-- Temp table sampled_clients: $clients clients with a session in the last $days days of sessions, chosen by a hash, with
-- the time from which they are compared: the start of their first session there. Temp view session_events: their events
-- as `events` has them. Clients that the marts do not know whole are left out.
create or replace temp table sampled_clients as
with recent as (
  select client_kind, client, min(started_at) as from_at
  from sessions
  where day > (select max(day) from sessions) - cast($days as integer)
  group by client_kind, client
),
moving as (
  select
    client_kind(anonymous_id, device_id, device_is_new, user_id) as client_kind,
    client(anonymous_id, device_id, device_is_new, user_id) as client
  from events
  where load_id > $upto
  union
  select
    client_kind(anonymous_id, device_id, device_is_new, user_id),
    client(anonymous_id, device_id, device_is_new, user_id)
  from removed
  where load_id > $upto
)
select *
from recent r
anti join moving m on m.client_kind = r.client_kind and m.client = r.client
order by hash(client_kind, client)
limit $clients;
create or replace temp table session_events as
with keyed as (
  select
    event_id,
    occurred_at,
    client_kind(anonymous_id, device_id, device_is_new, user_id) as client_kind,
    client(anonymous_id, device_id, device_is_new, user_id) as client,
    session_url(page_url) as page_url
  from events
  where date >= (select cast(min(from_at) as date) from sampled_clients)
    and not is_bot
)
select k.*
from keyed k
join sampled_clients c on c.client_kind = k.client_kind and c.client = k.client and k.occurred_at >= c.from_at;
