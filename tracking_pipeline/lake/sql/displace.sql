-- Move rows that an earlier receipt displaces from events to duplicates (rare), as one transaction with the load.
insert into removed (load_id, event_id, device_id, device_is_new, anonymous_id, user_id, occurred_at, date, hour)
select $load_id, e.event_id, e.device_id, e.device_is_new, e.anonymous_id, e.user_id, e.occurred_at, e.date, e.hour
from events e
semi join displaced l on e.event_id = l.event_id and e.source_file = l.source_file and e.ordinal = l.ordinal;
insert into duplicates ({columns})
select {displaced_values}
from events e
semi join displaced l on e.event_id = l.event_id and e.source_file = l.source_file and e.ordinal = l.ordinal;
delete from events
where event_id in (select event_id from displaced)
  and (source_file, ordinal) in (select (source_file, ordinal) from displaced);
