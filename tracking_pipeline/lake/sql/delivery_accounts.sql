-- delivery_accounts: one row per hour of receipt, destination and source, with its sum:
-- stored = sent + pending + uncertain + expired + dead + suppressed. Each term comes from another place than `stored`,
-- which counts the rows of events; residual is what is missing (positive) or too much, never a term.
-- pending: unsent, leased or to be tried again.
-- A source has one GA4 stream, so sums by stream are sums of these. A condition on `date` bounds all scans.
create or replace view delivery_accounts as
with counted as (
  select d.destination, e.source, e.date, e.hour, 'stored' as term, count(*) as events
  from events e
  join destinations d on e.received_at >= d.since
  group by all
  union all
  select
    destination,
    source,
    date,
    hour,
    case when state in ('unsent', 'leased', 'retry') then 'pending' else state end,
    count(*)
  from delivery_status
  group by all
)
select
  date,
  hour,
  destination,
  source,
  cast(coalesce(sum(events) filter (where term = 'stored'), 0) as bigint) as stored,
  cast(coalesce(sum(events) filter (where term = 'sent'), 0) as bigint) as sent,
  cast(coalesce(sum(events) filter (where term = 'pending'), 0) as bigint) as pending,
  cast(coalesce(sum(events) filter (where term = 'uncertain'), 0) as bigint) as uncertain,
  cast(coalesce(sum(events) filter (where term = 'expired'), 0) as bigint) as expired,
  cast(coalesce(sum(events) filter (where term = 'dead'), 0) as bigint) as dead,
  cast(coalesce(sum(events) filter (where term = 'suppressed'), 0) as bigint) as suppressed,
  stored - sent - pending - uncertain - expired - dead - suppressed as residual
from counted
group by date, hour, destination, source;
