-- Temp table new_event_catalog_coverage. Grain: event name, finding, parameter. Counts are added up from what came and
-- what left; only for broken rows are the days of their events read again. Wants the temp tables of the catalogue.
create or replace temp table reread_coverage as
select
  e.event_name,
  'seen' as finding,
  '' as parameter,
  min(e.occurred_at) as first_seen_at,
  max(e.occurred_at) as last_seen_at
from events_by_day e
anti join gone_events_by_day g on g.event_id = e.event_id
where {day in broken_days}
  and e.type = 'track'
  and e.event_name in (select event_name from broken_coverage where finding = 'seen')
group by e.event_name
union all
select e.event_name, e.finding, e.parameter, min(e.occurred_at), max(e.occurred_at)
from off_plan_events e
anti join gone_off_plan_events g on g.event_id = e.event_id
where {day in broken_days}
  and (e.event_name, e.finding, e.parameter) in (select (event_name, finding, parameter) from broken_coverage)
group by e.event_name, e.finding, e.parameter;
create or replace temp table new_event_catalog_coverage as
with kept as (
  select o.event_name, o.finding, o.parameter, o.events, o.first_seen_at, o.last_seen_at
  from gone_event_catalog_coverage o
  anti join broken_coverage b
    on (b.event_name, b.finding, b.parameter) = (o.event_name, o.finding, o.parameter)
  where o.finding <> 'not_seen'
  union all
  select o.event_name, o.finding, o.parameter, o.events, r.first_seen_at, r.last_seen_at
  from gone_event_catalog_coverage o
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
  select
    name as event_name,
    'not_seen' as finding,
    '' as parameter,
    0 as events,
    null as first_seen_at,
    null as last_seen_at
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
