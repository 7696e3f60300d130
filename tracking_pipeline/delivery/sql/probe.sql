-- Temp table planned: one event. Key: event_id. Of the client that was never refused, else refused longest ago, so that
-- no event that is wrong itself holds up the others; of that client's the oldest.
create or replace temp table planned as
with refused as (
  select event_id, max(load_id) as load_id
  from deliveries
  where destination = $destination
    and date >= $ledger_date
    and state = 'retry'
  group by event_id
)
select u.event_id, u.occurred_at
from unsent u
left join refused r using (event_id)
where u.occurred_at >= $expired_before
order by max(coalesce(r.load_id, 0)) over (partition by u.client_hash), u.occurred_at, u.event_id
limit 1;
