-- expires_next: what leaves by itself, soonest to expire first: one row per (event, destination).
create or replace view expires_next as
select
  destination,
  expires_at,
  expires_at - cast(now() as timestamp) as time_left,
  event_id,
  message_id,
  event_name,
  source,
  state,
  why,
  date,
  hour
from undelivered
where leaves_by_itself
order by expires_at, event_id;
