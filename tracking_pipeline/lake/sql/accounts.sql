-- accounts: one row per loaded hour with its sum: received = stored + duplicate + rejected + set aside.
-- Each term comes from another place; a residual is never a term. `received` is from the files' footers.
select
  date,
  hour,
  sum(received) as received,
  sum(stored) as stored,
  sum(duplicate) as duplicate,
  sum(rejected) as rejected,
  sum(set_aside) as set_aside,
  sum(files) as files
from (
  select date, hour, received, 0 as stored, 0 as duplicate, 0 as rejected, 0 as set_aside, 1 as files
  from loaded_files where date >= $first and date <= $last
  union all
  select date, hour, 0, count(*), 0, 0, 0, 0 from events where date >= $first and date <= $last group by date, hour
  union all
  select date, hour, 0, 0, count(*), 0, 0, 0 from duplicates where date >= $first and date <= $last group by date, hour
  union all
  select date, hour, 0, 0, 0, count(*), 0, 0 from rejected_events
  where date >= $first and date <= $last group by date, hour
  union all
  select date, hour, 0, 0, 0, 0, sum(rows), 0 from set_aside where date >= $first and date <= $last group by date, hour
)
group by date, hour
order by date, hour;
