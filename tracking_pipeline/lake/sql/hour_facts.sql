-- hour_facts: what a person should know of one hour of receipt. One row.
-- Tabs: the tracker numbers each tab's events 1, 2, 3 …; the numbers between a tab's first and last of the hour that came
-- neither in it, nor as refused events, nor within an hour of it, are `missing`. Needs constants for date pruning.
with hour_events as (
  select received_at, sent_at, off_plan, context ->> '$.tab.id' as tab, cast(context ->> '$.tab.seq' as bigint) as seq
  from events
  where date = $date and hour = $hour
),
spans as (
  select tab, min(seq) as first_seq, max(seq) as last_seq
  from hour_events
  where tab is not null and seq is not null
  group by tab
),
numbers as (
  select context ->> '$.tab.id' as tab, cast(context ->> '$.tab.seq' as bigint) as seq
  from events
  where ((date = $date and hour = $hour) or (date = $date_before and hour = $hour_before)
    or (date = $date_after and hour = $hour_after))
    and (context ->> '$.tab.id') in (select tab from spans)
  union
  select original ->> '$.context.tab.id', try_cast(original ->> '$.context.tab.seq' as bigint)
  from rejected_events
  where date = $date and hour = $hour and json_valid(original)
),
arrived as (
  select s.tab, count(distinct n.seq) as numbers
  from spans s
  join numbers n on n.tab = s.tab and n.seq between s.first_seq and s.last_seq
  group by s.tab
)
select
  (select coalesce(sum(received), 0) from loaded_files where date = $date and hour = $hour) as received,
  (select count(*) from rejected_events where date = $date and hour = $hour) as rejected,
  (select count(*) from duplicates where date = $date and hour = $hour) as duplicate,
  count(*) as stored,
  count(off_plan) as off_plan,
  count(sent_at) as clocked,
  coalesce(median(epoch_ms(received_at) - epoch_ms(sent_at)) / 1000.0, 0) as skew_s,
  count(*) filter (where abs(epoch_ms(received_at) - epoch_ms(sent_at)) > $clock_off_ms) as clocks_off,
  (select coalesce(sum(last_seq - first_seq + 1), 0) from spans) as numbered,
  (select coalesce(sum(s.last_seq - s.first_seq + 1 - a.numbers), 0) from spans s join arrived a using (tab)) as missing
from hour_events;
