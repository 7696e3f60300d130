-- Temp tables gone_daily_metrics, new_daily_metrics: the days that change. Grain: day of TRACKING_TIMEZONE. A row is
-- what it was, less what went and with what came: a visitor that logs in changes all its days, and none is read again.
-- Visitors of a day are counted by sessions (each event of a client lies in one), known users by the day's events.
create or replace temp table stays as
with before as (
  select distinct * from near_stays
),
after as (
  select b.*
  from before b
  anti join gone_sessions g on g.session_id = b.session_id
  union all
  select session_id, client_kind, client, started_at, ended_at
  from new_sessions
),
of_visitors as (
  select -1 as sign, v.visitor_id, local_day(b.started_at) as first_day, local_day(b.ended_at) as last_day
  from before b
  join visitors_before v on v.client_kind = b.client_kind and v.client = b.client
  union all
  select 1, v.visitor_id, local_day(a.started_at), local_day(a.ended_at)
  from after a
  join visitor_clients v on v.client_kind = a.client_kind and v.client = a.client
)
select distinct
  sign,
  visitor_id,
  cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as day
from of_visitors;
create or replace temp table day_changes as
with changes as (
  select local_day(occurred_at) as day, 1 as events, cast(type = 'page' as integer) as page_views
  from new_events_by_day
  union all by name
  select local_day(occurred_at) as day, -1 as events, -cast(type = 'page' as integer) as page_views
  from gone_events_by_day
  union all by name
  select day, sign as visitors
  from stays
  union all by name
  select local_day(first_seen_at) as day, 1 as new_visitors
  from new_users
  union all by name
  select local_day(first_seen_at) as day, -1 as new_visitors
  from gone_users
  union all by name
  select local_day(started_at) as day, 1 as sessions, cast(is_engaged as integer) as engaged_sessions
  from new_sessions
  union all by name
  select local_day(started_at) as day, -1 as sessions, -cast(is_engaged as integer) as engaged_sessions
  from gone_sessions
  union all by name
  select local_day(started_at) as day, 1 as swaps_started
  from new_swaps
  union all by name
  select local_day(started_at) as day, -1 as swaps_started
  from gone_swaps
  union all by name
  select local_day(completed_at) as day, 1 as swaps_completed, from_amount_usd as swapped_usd
  from new_swaps
  where completed_at is not null
  union all by name
  select local_day(completed_at) as day, -1 as swaps_completed, -from_amount_usd as swapped_usd
  from gone_swaps
  where completed_at is not null
)
select
  day,
  coalesce(sum(events), 0) as events,
  coalesce(sum(page_views), 0) as page_views,
  coalesce(sum(visitors), 0) as visitors,
  coalesce(sum(new_visitors), 0) as new_visitors,
  coalesce(sum(sessions), 0) as sessions,
  coalesce(sum(engaged_sessions), 0) as engaged_sessions,
  coalesce(sum(swaps_started), 0) as swaps_started,
  coalesce(sum(swaps_completed), 0) as swaps_completed,
  coalesce(sum(swapped_usd), 0) as swapped_usd
from changes
group by day;
create or replace temp table gone_daily_metrics as
select d.*
from daily_metrics d
semi join day_changes c on c.day = d.day;
create or replace temp table new_daily_metrics as
with known as (
  select
    local_day(e.occurred_at) as day,
    count(distinct e.user_id) as users
  from (
    select o.occurred_at, o.user_id
    from events_by_day o
    anti join gone_events_by_day g on g.event_id = o.event_id
    where {day in metric_days}
    union all
    select occurred_at, user_id
    from new_events_by_day
  ) e
  group by 1
),
now as (
  select
    c.day,
    c.events + coalesce(d.events, 0) as events,
    c.page_views + coalesce(d.page_views, 0) as page_views,
    c.visitors + coalesce(d.visitors, 0) as visitors,
    c.new_visitors + coalesce(d.new_visitors, 0) as new_visitors,
    if(t.day is null, d.users, k.users) as users,
    c.sessions + coalesce(d.sessions, 0) as sessions,
    c.engaged_sessions + coalesce(d.engaged_sessions, 0) as engaged_sessions,
    c.swaps_started + coalesce(d.swaps_started, 0) as swaps_started,
    c.swaps_completed + coalesce(d.swaps_completed, 0) as swaps_completed,
    c.swapped_usd + coalesce(d.swapped_usd, 0) as swapped_usd
  from day_changes c
  left join gone_daily_metrics d on d.day = c.day
  left join event_days t on t.day = c.day
  left join known k on k.day = c.day
)
select
  day,
  cast(events as bigint) as events,
  cast(page_views as bigint) as page_views,
  cast(visitors as bigint) as visitors,
  cast(new_visitors as bigint) as new_visitors,
  users,
  cast(sessions as bigint) as sessions,
  cast(engaged_sessions as bigint) as engaged_sessions,
  cast(sessions - engaged_sessions as bigint) as bounces,
  cast(swaps_started as bigint) as swaps_started,
  cast(swaps_completed as bigint) as swaps_completed,
  cast(swapped_usd as decimal(38, 18)) as swapped_usd
from now
where events > 0;
