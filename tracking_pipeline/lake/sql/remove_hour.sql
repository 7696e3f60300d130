-- Take one hour out of every resting place and of the ledger, before it is loaded again in the same transaction.
create or replace temp table gone as
select event_id from events where date = $date and hour = $hour;
insert into removed (load_id, event_id, device_id, device_is_new, anonymous_id, user_id, occurred_at, date, hour)
select $load_id, event_id, device_id, device_is_new, anonymous_id, user_id, occurred_at, date, hour
from events
where date = $date and hour = $hour;
delete from events where date = $date and hour = $hour;
delete from duplicates where date = $date and hour = $hour;
delete from rejected_events where date = $date and hour = $hour;
delete from set_aside where date = $date and hour = $hour;
delete from loaded_files where date = $date and hour = $hour;
