-- Temp table islands: per client, stretches of touched times without a pause of more than 30 minutes.
-- A session within 30 minutes of such a stretch is within 30 minutes of a touched time in it.
create or replace temp table islands as
with touched as (
  select client_kind, client, occurred_at from new_events_by_day where client is not null
  union all
  select client_kind, client, occurred_at from gone_events_by_day where client is not null
),
cut as (
  select
    *,
    case
      when occurred_at - lag(occurred_at) over in_order <= interval 30 minutes then 0
      else 1
    end as starts
  from touched
  window in_order as (partition by client_kind, client order by occurred_at)
),
numbered as (
  select
    *,
    sum(starts) over (partition by client_kind, client order by occurred_at rows unbounded preceding) as n
  from cut
)
select
  client_kind,
  client,
  min(occurred_at) as first_at,
  max(occurred_at) as last_at
from numbered
group by client_kind, client, n;
