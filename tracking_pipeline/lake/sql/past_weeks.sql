-- past_weeks: events received in the same hour of the $weeks weeks before, newest first, 0 where nothing came.
-- Grain: one row per week since the first loaded hour.
select coalesce(sum(f.received), 0) as received
from (select unnest(range(1, $weeks + 1)) as week) w
left join loaded_files f on f.date = $date - 7 * cast(w.week as integer) and f.hour = $hour
where $date - 7 * cast(w.week as integer) + to_hours($hour) >= (select min(date + to_hours(hour)) from loaded_files)
group by w.week
order by w.week;
