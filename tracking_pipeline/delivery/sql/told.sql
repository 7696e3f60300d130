-- Members of the sessions of the planned events: those planned, and those that the destination was told about, with
-- what it was told. One row per event, in order of time within its session.
with told as (
  select
    event_id,
    max_by(client_id, load_id) as client_id,
    max_by(session_id, load_id) as session_id
  from deliveries
  where destination = $destination
    and state = 'leased'
    and date >= $from_date
  group by event_id
),
wanted_sessions as (
  select distinct client_kind, client, session_start
  from session_starts
  semi join planned using (event_id)
)
select
  cast(s.event_id as varchar) as event_id,
  s.client_kind,
  s.client,
  s.session_start,
  s.occurred_at,
  t.client_id,
  t.session_id
from session_starts s
semi join wanted_sessions using (client_kind, client, session_start)
left join told t on t.event_id = s.event_id
where t.event_id is not null
  or s.event_id in (select event_id from planned)
order by s.client_kind, s.client, s.session_start, s.occurred_at, s.event_id;
