-- doubled: hours with messages that stand in events more than once, whatever the hour of the other copy; how many rows
-- too many.
with ids as (
  select distinct date, hour, event_id
  from events
  where {in hours}
),
copies as (
  select event_id, count(*) as n
  from events
  where event_id in (select event_id from ids)
  group by event_id
  having count(*) > 1
)
select date, hour, cast(sum(n - 1) as bigint)
from ids
join copies using (event_id)
group by date, hour;
