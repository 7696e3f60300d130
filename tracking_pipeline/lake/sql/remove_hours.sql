-- Take hours out of every resting place and of the ledger, before they are loaded again in the same transaction.
create or replace temp table gone as
select event_id from events where {in hours};
insert into removed (load_id, event_id, device_id, device_is_new, anonymous_id, user_id, occurred_at, date, hour)
select $load_id, event_id, device_id, device_is_new, anonymous_id, user_id, occurred_at, date, hour
from events
where {in hours};
delete from events where {in hours};
delete from duplicates where {in hours};
delete from rejected_events where {in hours};
delete from set_aside where {in hours};
delete from loaded_files where {in hours};
