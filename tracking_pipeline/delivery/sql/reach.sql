-- The end of the stretch of time from $horizon on that holds about $hold events which a destination may want, in whole
-- minutes and at least one; null where no more than those are left. One row. Conditions: as in arrivals.sql.
with minutes as (
  select time_bucket(interval 1 minute, occurred_at) as minute, count(*) as events
  from events
  where load_id > $first
    and (date > $date or (date = $date and hour >= $hour))
    and received_at >= $since
    and occurred_at >= $expired_before
    and occurred_at >= $horizon
  group by minute
),
filled as (
  select minute, sum(events) over (order by minute) as events
  from minutes
)
select
  case
    when max(events) > $hold
      then coalesce(max(minute) filter (where events <= $hold), min(minute)) + interval 1 minute
  end as upto
from filled;
