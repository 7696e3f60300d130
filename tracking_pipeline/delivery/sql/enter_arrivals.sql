-- Enter what is not settled into the backlog (temp table unsent; key: event_id); a row that moved replaces its entry.
-- The table is made anew: what is deleted of a table in memory keeps its room (DuckDB 1.5.5).
create or replace temp table unsent as
select event_id, occurred_at, load_id, client_hash
from unsent
where event_id not in (select event_id from arrivals)
union all
select event_id, occurred_at, load_id, client_hash
from arrivals
where event_id not in (select event_id from settled);
