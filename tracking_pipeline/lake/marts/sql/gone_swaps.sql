-- Temp tables gone_swaps: the swaps that are computed again; touched_routes: all routes to compute.
create or replace temp table gone_swaps as
select s.*
from swaps s
semi join touched_swaps t on t.route_id = s.route_id
where {day in swap_days};
create or replace temp table touched_routes as
select route_id from gone_swaps
union
select route_id
from touched_swap_events
where route_id is not null
  and event_name like 'lifi_route_execution_%';
