-- Members of the sessions of the planned events, with what the destination was told of them. One row per event, in
-- order of time within its session.
with wanted_sessions as (
  select distinct client_kind, client, session_start
  from session_starts
  semi join planned using (event_id)
),
members as materialized (
  select s.*
  from session_starts s
  semi join wanted_sessions using (client_kind, client, session_start)
),
told as (
  select
    event_id,
    max_by(client_id, load_id) as client_id,
    max_by(session_id, load_id) as session_id
  from deliveries
  where destination = $destination
    and state = 'leased'
    and date >= $from_date
    and event_id in (select event_id from members)
  group by event_id
)
select
  cast(m.event_id as varchar) as event_id,
  m.client_kind,
  m.client,
  m.session_start,
  m.occurred_at,
  t.client_id,
  t.session_id,
  cast(s.traits as varchar) as traits
from members m
left join told t on t.event_id = m.event_id
left join session_events s on s.event_id = m.event_id and s.traits is not null
order by m.client_kind, m.client, m.session_start, m.occurred_at, m.event_id;
