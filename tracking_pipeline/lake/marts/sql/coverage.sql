-- Temp tables gone_event_catalog_coverage, new_event_catalog_coverage: all rows, there are few. Grain: event name,
-- finding, parameter. Counts are added up from what came and what left; only where the first or the last event of a row
-- left, and nothing that came reaches as far, is history read again. Wants the temp tables of the catalogue.
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
select c.event_name, c.finding, c.parameter
from coverage_changes c
join event_catalog_coverage o
  on (o.event_name, o.finding, o.parameter) = (c.event_name, c.finding, c.parameter)
where (c.first_gone_at <= o.first_seen_at and coalesce(c.first_seen_at > o.first_seen_at, true))
  or (c.last_gone_at >= o.last_seen_at and coalesce(c.last_seen_at < o.last_seen_at, true));
create or replace temp table reread_coverage as
select e.event_name, 'seen' as finding, '' as parameter, min(e.occurred_at) as first_seen_at, max(e.occurred_at) as last_seen_at
from events_by_day e
anti join gone_events_by_day g on g.event_id = e.event_id
where e.type = 'track'
  and e.event_name in (select event_name from broken_coverage where finding = 'seen')
group by e.event_name
union all
select e.event_name, e.finding, e.parameter, min(e.occurred_at), max(e.occurred_at)
from off_plan_events e
anti join gone_off_plan_events g on g.event_id = e.event_id
where (e.event_name, e.finding, e.parameter) in (select (event_name, finding, parameter) from broken_coverage)
group by e.event_name, e.finding, e.parameter;
create or replace temp table gone_event_catalog_coverage as
from event_catalog_coverage;
create or replace temp table new_event_catalog_coverage as
with kept as (
  select o.event_name, o.finding, o.parameter, o.events, o.first_seen_at, o.last_seen_at
  from event_catalog_coverage o
  anti join broken_coverage b
    on (b.event_name, b.finding, b.parameter) = (o.event_name, o.finding, o.parameter)
  where o.finding <> 'not_seen'
  union all
  select o.event_name, o.finding, o.parameter, o.events, r.first_seen_at, r.last_seen_at
  from event_catalog_coverage o
  semi join broken_coverage b
    on (b.event_name, b.finding, b.parameter) = (o.event_name, o.finding, o.parameter)
  left join reread_coverage r
    on (r.event_name, r.finding, r.parameter) = (o.event_name, o.finding, o.parameter)
  union all
  select event_name, finding, parameter, events, first_seen_at, last_seen_at
  from coverage_changes
),
counted as (
  select
    event_name,
    finding,
    parameter,
    cast(sum(events) as bigint) as events,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at
  from kept
  group by event_name, finding, parameter
  having sum(events) > 0
),
missing as (
  select name as event_name, 'not_seen' as finding, '' as parameter, 0 as events, null as first_seen_at, null as last_seen_at
  from catalogue_events
  anti join counted on counted.event_name = catalogue_events.name and counted.finding = 'seen'
)
select
  f.event_name,
  f.finding,
  f.parameter,
  c.name is not null as in_catalogue,
  c.section,
  f.events,
  f.first_seen_at,
  f.last_seen_at
from (from counted union all from missing) f
left join catalogue_events c on c.name = f.event_name;
