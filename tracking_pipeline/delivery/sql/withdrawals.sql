-- Temp table withdrawals: who took consent back, and when last: devices, and the anonymous ids seen with them. Key:
-- (kind, id). Nothing is received before it occurs, so a withdrawal of an event of $from_date is not received before.
create or replace temp table withdrawals as
with devices as (
  select withdrawn_device_id as device_id, max(occurred_at) as withdrawn_at
  from events
  where date >= $from_date
    and withdrawn_device_id is not null
  group by withdrawn_device_id
)
select 'device' as kind, device_id as id, withdrawn_at
from devices
union all
select 'anonymous', e.anonymous_id, max(d.withdrawn_at)
from events e
join devices d using (device_id)
where e.date >= $from_date
  and e.anonymous_id is not null
group by e.anonymous_id;
