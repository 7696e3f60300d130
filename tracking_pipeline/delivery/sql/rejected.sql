-- Events that are dead by an answer which says nothing of them: the destination has taken nothing since they were first
-- rejected. One row per event: its newest row of the ledger. What was rejected before and after something was taken is
-- wrong itself. $from_date: no event that can still be sent was received earlier.
with history as (
  select event_id, date, hour, state, attempt_id, request_id, http_status, reason, load_id
  from deliveries
  where destination = $destination
    and date >= $from_date
),
taken as (
  select coalesce(max(load_id), 0) as load_id
  from history
  where state = 'sent'
),
rejected as (
  select event_id
  from history
  where state = 'dead'
    and request_id is not null
  group by event_id
  having min(load_id) >= (select load_id from taken)
),
newest as (
  select history.*
  from history
  semi join rejected using (event_id)
  qualify row_number() over (partition by event_id order by load_id desc) = 1
)
select
  cast(event_id as varchar) as event_id,
  cast(date as varchar) as date,
  hour,
  'retry',
  attempt_id,
  request_id,
  http_status,
  reason
from newest
where state = 'dead'
  and request_id is not null
order by event_id;
