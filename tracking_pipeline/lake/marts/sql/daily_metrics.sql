-- Temp tables gone_daily_metrics, new_daily_metrics: the touched days. Grain: day of TRACKING_TIMEZONE.
create or replace temp table gone_daily_metrics as
select d.*
from daily_metrics d
semi join touched_days t on t.day = d.day;
create or replace temp table new_daily_metrics as
with happened as (
  select
    local_day(e.occurred_at) as day,
    e.type,
    e.user_id,
    v.visitor_id
  from (
    select o.occurred_at, o.type, o.user_id, o.client_kind, o.client
    from events_by_day o
    anti join gone_events_by_day g on g.event_id = o.event_id
    where {day in metric_days}
    union all
    select occurred_at, type, user_id, client_kind, client
    from new_events_by_day
  ) e
  left join visitors_now v on v.client_kind = e.client_kind and v.client = e.client
),
of_events as (
  select
    day,
    count(*) as events,
    count(*) filter (where type = 'page') as page_views,
    count(distinct visitor_id) as visitors,
    count(distinct user_id) as users
  from happened
  group by day
),
of_sessions as (
  select
    local_day(started_at) as day,
    count(*) as sessions,
    count(*) filter (where is_engaged) as engaged_sessions
  from sessions_now
  where {day in metric_days}
  group by 1
),
of_users as (
  select
    local_day(first_seen_at) as day,
    count(*) as new_visitors
  from users_now
  where first_seen_at >= $from_at
    and first_seen_at < $to_at
  group by 1
),
of_starts as (
  select
    local_day(started_at) as day,
    count(*) as swaps_started
  from swaps_now
  where started_at >= $from_at
    and started_at < $to_at
  group by 1
),
of_ends as (
  select
    local_day(completed_at) as day,
    count(*) as swaps_completed,
    sum(from_amount_usd) as swapped_usd
  from swaps_now
  where completed_at >= $from_at
    and completed_at < $to_at
  group by 1
)
select
  t.day,
  e.events,
  e.page_views,
  e.visitors,
  coalesce(u.new_visitors, 0) as new_visitors,
  e.users,
  coalesce(s.sessions, 0) as sessions,
  coalesce(s.engaged_sessions, 0) as engaged_sessions,
  coalesce(s.sessions - s.engaged_sessions, 0) as bounces,
  coalesce(b.swaps_started, 0) as swaps_started,
  coalesce(c.swaps_completed, 0) as swaps_completed,
  cast(coalesce(c.swapped_usd, 0) as decimal(38, 18)) as swapped_usd
from touched_days t
join of_events e on e.day = t.day
left join of_sessions s on s.day = t.day
left join of_users u on u.day = t.day
left join of_starts b on b.day = t.day
left join of_ends c on c.day = t.day;
