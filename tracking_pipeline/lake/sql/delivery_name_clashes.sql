-- delivery_name_clashes: names that fall on one: one row per (destination, name as it left) that events of different
-- names here share, of the last seven days of receipt, most events first. `names`: what they are called here, in order;
-- page and screen calls are `(page)`, group calls `(group)`. The destination cannot tell these events apart.
create or replace view delivery_name_clashes as
with left_here as (
  select event_id, destination, fixes
  from deliveries
  where state = 'leased'
    and date >= current_date - 7
  qualify row_number() over (partition by event_id, destination, date order by load_id desc) = 1
),
named as (
  select
    l.destination,
    e.type,
    e.event_name,
    list_filter(l.fixes, fix -> fix like 'event_name%:%' or fix like 'spec_name:%') as renamed
  from left_here l
  join events e on e.event_id = l.event_id and e.date >= current_date - 7
),
pairs as (
  select
    destination,
    case
      when type in ('page', 'screen') then 'page_view'
      when type = 'group' then 'join_group'
      else coalesce(split_part(renamed[1], ':', 2), event_name)
    end as sent_as,
    case
      when type in ('page', 'screen') then '(page)'
      when type = 'group' then '(group)'
      else event_name
    end as name,
    count(*) as events
  from named
  group by all
)
select
  destination,
  sent_as,
  list(name order by name) as names,
  cast(sum(events) as bigint) as events
from pairs
group by destination, sent_as
having count(*) > 1
order by events desc, destination, sent_as;
