-- delivery_fixes: one row per (event, destination, rule, field): what was changed or left out of an event so that the
-- destination takes it, as of its newest lease. The rules: docs/ga4-rules.md. A condition on `date` bounds the scan.
create or replace view delivery_fixes as
with newest as (
  select event_id, destination, fixes, recorded_at, load_id, date, hour
  from deliveries
  where state = 'leased'
  qualify row_number() over (partition by event_id, destination, date order by load_id desc) = 1
),
fixed as (
  select *, unnest(fixes) as fix
  from newest
)
select
  event_id,
  destination,
  split_part(fix, ':', 1) as rule,
  nullif(split_part(fix, ':', 2), '') as field,
  recorded_at,
  load_id,
  date,
  hour
from fixed;
