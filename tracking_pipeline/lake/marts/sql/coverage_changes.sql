-- Temp tables coverage_changes: what came and what left by event name, finding, parameter. gone_event_catalog_coverage:
-- all rows, there are few. broken_coverage: those whose first or last event left, and nothing that came reaches as far.
create or replace temp table gone_event_catalog_coverage as
from event_catalog_coverage;
create or replace temp table coverage_moves as
select event_name, 'seen' as finding, '' as parameter, occurred_at, true as comes
from new_events_by_day
where type = 'track' and event_name is not null
union all
select event_name, 'seen', '', occurred_at, false
from gone_events_by_day
where type = 'track' and event_name is not null
union all
select event_name, finding, parameter, occurred_at, true
from new_off_plan_events
where event_name is not null
union all
select event_name, finding, parameter, occurred_at, false
from gone_off_plan_events
where event_name is not null;
create or replace temp table coverage_changes as
select
  event_name,
  finding,
  parameter,
  count(*) filter (where comes) - count(*) filter (where not comes) as events,
  min(occurred_at) filter (where comes) as first_seen_at,
  max(occurred_at) filter (where comes) as last_seen_at,
  min(occurred_at) filter (where not comes) as first_gone_at,
  max(occurred_at) filter (where not comes) as last_gone_at
from coverage_moves
group by event_name, finding, parameter;
create or replace temp table broken_coverage as
select c.event_name, c.finding, c.parameter, o.first_seen_at, o.last_seen_at
from coverage_changes c
join gone_event_catalog_coverage o
  on (o.event_name, o.finding, o.parameter) = (c.event_name, c.finding, c.parameter)
where (c.first_gone_at <= o.first_seen_at and coalesce(c.first_seen_at > o.first_seen_at, true))
  or (c.last_gone_at >= o.last_seen_at and coalesce(c.last_seen_at < o.last_seen_at, true));
