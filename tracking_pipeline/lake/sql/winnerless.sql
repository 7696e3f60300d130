-- winnerless: hours with duplicates without their message in events; how many.
select d.date, d.hour, count(*)
from (from duplicates where {in hours}) d
where not exists (select 1 from events e where e.event_id = d.event_id)
group by d.date, d.hour;
