-- Temp table left_events: what `removed` says left the lake after $after and up to $upto. Grain: event and day.
create or replace temp table left_events as
select distinct
  event_id,
  cast(occurred_at as date) as day
from removed
where load_id > $after
  and load_id <= $upto;
