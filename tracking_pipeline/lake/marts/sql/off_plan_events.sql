-- Temp table new_off_plan_events: events of the transactions after $after and up to $upto that do not keep to the
-- catalogue. Grain: event and parameter. A name that the catalogue does not know is the sender's own and shown only if
-- it looks like a name: it might be an address. Wants the temp table catalogue_params.
create or replace temp table new_off_plan_events as
with strayed as (
  select
    event_id,
    occurred_at,
    event_name,
    properties,
    split_part(off_plan, ':', 1) as finding,
    split_part(off_plan, ':', 2) as parameter
  from events
  where load_id > $after
    and load_id <= $upto
    and not is_bot
    and off_plan is not null
),
unknown as (
  select distinct
    k.event_id,
    if(regexp_full_match(k.name, '[A-Za-z_][A-Za-z0-9_. -]{0,29}'), k.name, '(other)') as parameter
  from (
    select event_id, unnest(json_keys(properties)) as name
    from strayed
    where finding = 'unknown_parameter'
  ) k
  anti join catalogue_params c on c.name = k.name
)
select
  cast(s.occurred_at as date) as day,
  s.occurred_at,
  s.event_id,
  s.event_name,
  s.finding,
  coalesce(u.parameter, s.parameter) as parameter
from strayed s
left join unknown u on u.event_id = s.event_id;
