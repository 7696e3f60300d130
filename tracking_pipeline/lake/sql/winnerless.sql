-- winnerless: duplicates of the hour without their message in events.
select count(*)
from duplicates d
where d.date = $date and d.hour = $hour
  and not exists (select 1 from events e where e.event_id = d.event_id);
