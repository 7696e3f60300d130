-- Enter what is not settled into the backlog (temp table unsent; key: event_id); a row that moved replaces its entry.
delete from unsent where event_id in (select event_id from arrivals);
insert into unsent
select a.event_id, a.occurred_at, a.load_id, a.client_hash, case when n.state = 'retry' then n.load_id else 0 end
from arrivals a
left join newest_states n using (event_id)
where coalesce(n.state, 'unsent') in ('unsent', 'retry');
