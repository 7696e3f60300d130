-- top_events: per hour, its {top} most frequent events (name, else type), most frequent first.
select date, hour, name, n
from (
  select date, hour, coalesce(event_name, type) as name, count(*) as n
  from events
  where {in hours}
  group by all
)
qualify row_number() over (partition by date, hour order by n desc, name) <= {top}
order by date, hour, n desc, name;
