-- Temp table gone_{mart}: rows of {mart} whose event left the lake. Grain: event.
create or replace temp table gone_{mart} as
select *
from {mart}
where {day in left_events}
  and event_id in (select event_id from left_events);
