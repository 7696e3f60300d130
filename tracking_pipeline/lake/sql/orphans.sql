-- Hours whose duplicates lost their winner when an hour was replaced: they must be loaded again as well.
select distinct d.date, d.hour
from duplicates d
where d.event_id in (select event_id from gone)
  and not exists (select 1 from events e where e.event_id = d.event_id);
