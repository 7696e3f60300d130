-- doubled: messages of the hour that stand in events more than once, whatever the hour of the other copy.
select count(*) - count(distinct event_id)
from events
where event_id in (select event_id from events where date = $date and hour = $hour);
