-- delivery_failures: one row per destination, state and reason of events that are not sent and do not leave by
-- themselves; most events first. replayable: how many are young enough for `tracking replay`.
create or replace view delivery_failures as
select
  destination,
  state,
  reason,
  http_status,
  any_value(why) as why,
  count(*) as events,
  count(*) filter (where expires_at > cast(now() as timestamp)) as replayable,
  min(recorded_at) as first_at,
  max(recorded_at) as last_at,
  any_value(message_id) as example
from undelivered
where not leaves_by_itself
group by destination, state, reason, http_status
order by events desc, destination, state, reason;
