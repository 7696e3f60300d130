-- duplicate_conflicts: one row per copy whose content is not that of the copy in events.
create or replace view duplicate_conflicts as
select
  d.event_id,
  d.message_id,
  d.source,
  d.received_at,
  d.properties,
  e.properties as winner_properties,
  d.date,
  d.hour,
  d.source_file,
  d.ordinal
from duplicates d
join events e on e.event_id = d.event_id
where (d.type, d.event_name, d.anonymous_id, d.user_id, d.properties, d.traits)
  is distinct from (e.type, e.event_name, e.anonymous_id, e.user_id, e.properties, e.traits);
