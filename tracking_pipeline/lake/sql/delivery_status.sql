-- delivery_status: one row per (stored event, destination it is for) with its newest state.
-- `unsent` (no row yet) and `expired` (too old to send: over 71.5 h, from no row, unsent or retry only) are derived.
create or replace view delivery_status as
with newest as (
  select *
  from deliveries
  qualify row_number() over (partition by event_id, destination order by load_id desc) = 1
)
select
  e.event_id,
  d.destination,
  case
    when coalesce(n.state, 'unsent') in ('unsent', 'retry')
      and e.occurred_at < cast(now() as timestamp) - interval 4290 minutes then 'expired'
    else coalesce(n.state, 'unsent')
  end as state,
  n.attempt_id,
  n.request_id,
  n.http_status,
  n.reason,
  n.client_id,
  n.session_id,
  n.recorded_at,
  n.load_id,
  e.occurred_at + interval 4290 minutes as expires_at,
  e.message_id,
  e.event_name,
  e.occurred_at,
  e.received_at,
  e.date,
  e.hour
from events e
join destinations d on e.received_at >= d.since
left join newest n on n.event_id = e.event_id and n.destination = d.destination;
