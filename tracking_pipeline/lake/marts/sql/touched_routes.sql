-- Temp table touched_swaps: where the swaps lie that have touched events, that a touched choice before their start
-- belongs to, or that time out now. Grain: route.
create or replace temp table touched_swap_events as
select * from new_swap_events
union all
select * from gone_swap_events;
create or replace temp table touched_choices as
select client_kind, client, occurred_at
from touched_swap_events
where event_name not like 'lifi_route_execution_%'
  and client is not null;
create or replace temp table touched_swaps as
select day, route_id
from swaps
where route_id in (select route_id from touched_swap_events where event_name like 'lifi_route_execution_%')
  or (status = 'started' and last_event_at < $lake_clock - interval 1 day)
union
select s.day, s.route_id
from swaps s
join touched_choices e
  on e.client_kind = s.client_kind
  and e.client = s.client
  and e.occurred_at between s.started_at - interval 30 minutes and s.started_at
where s.started_at between (select min(occurred_at) from touched_choices)
  and (select max(occurred_at) + interval 30 minutes from touched_choices);
