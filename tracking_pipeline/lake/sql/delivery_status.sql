-- delivery_status: one row per (stored event, destination it is for) with its newest state.
-- `unsent` (no row yet) and `expired` (too old to send: over 71.5 h, from no row, unsent or retry only) are derived.
-- A condition on `date` bounds both scans: it is a key of the window, and a ledger row is never of an earlier day than
-- the event's row, which moves to an earlier hour only (the copy received first stays).
create or replace view delivery_status as
with with_history as (
  select
    e.event_id,
    d.destination,
    n.state as last_state,
    n.attempt_id,
    n.request_id,
    n.http_status,
    n.reason,
    n.client_id,
    n.session_id,
    n.stream,
    n.recorded_at,
    n.load_id,
    e.message_id,
    e.source,
    e.event_name,
    e.occurred_at,
    e.received_at,
    e.date,
    e.hour
  from events e
  join destinations d on e.received_at >= d.since
  left join deliveries n on n.event_id = e.event_id and n.destination = d.destination and n.date >= e.date
  qualify row_number() over (partition by e.event_id, d.destination, e.date, e.hour order by n.load_id desc) = 1
)
select
  event_id,
  destination,
  case
    when coalesce(last_state, 'unsent') in ('unsent', 'retry')
      and occurred_at < cast(now() as timestamp) - interval 4290 minutes then 'expired'
    else coalesce(last_state, 'unsent')
  end as state,
  attempt_id,
  request_id,
  http_status,
  reason,
  client_id,
  session_id,
  stream,
  recorded_at,
  load_id,
  occurred_at + interval 4290 minutes as expires_at,
  message_id,
  event_name,
  source,
  occurred_at,
  received_at,
  date,
  hour
from with_history;
