-- Events whose newest ledger row (by load_id) is a lease: their sender died. One row per event.
-- Reads the whole ledger; asked only when the last run did not end by itself.
select
  cast(event_id as varchar) as event_id,
  attempt_id,
  request_id,
  journal,
  cast(date as varchar) as date,
  hour
from (
  select *
  from deliveries
  where destination = $destination
  qualify row_number() over (partition by event_id order by load_id desc) = 1
)
where state = 'leased'
order by event_id;
