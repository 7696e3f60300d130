-- Enter what is not settled into the backlog (temp table unsent; key: event_id); a row that moved replaces its entry.
delete from unsent where event_id in (select event_id from arrivals);
insert into unsent
select event_id, occurred_at, load_id, client_hash
from arrivals
where event_id not in (select event_id from settled);
