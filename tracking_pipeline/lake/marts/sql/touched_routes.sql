-- Temp table gone_swaps: swaps with touched events, swaps that a touched choice before their start belongs to, and
-- those that time out now. Temp table touched_routes: all routes to compute again.
create or replace temp table touched_swap_events as
select * from new_swap_events
union all
select * from gone_swap_events;
create or replace temp table gone_swaps as
select s.*
from swaps s
where s.route_id in (select route_id from touched_swap_events where event_name like 'lifi_route_execution_%')
  or (s.status = 'started' and s.last_event_at < $lake_clock - interval 1 day)
  or exists (
    select 1
    from touched_swap_events e
    where e.event_name not like 'lifi_route_execution_%'
      and e.client_kind = s.client_kind
      and e.client = s.client
      and e.occurred_at between s.started_at - interval 30 minutes and s.started_at
  );
create or replace temp table touched_routes as
select route_id from gone_swaps
union
select route_id
from touched_swap_events
where route_id is not null
  and event_name like 'lifi_route_execution_%';
