-- One row: how many rows of further marts differ from what the marts that they are made of say now. Page views, days and
-- swaps of the last $days days; visitors and users of the sampled clients, over all their past. Wants sampled_clients,
-- local_day.
with last_days as (
  select unnest(range(max(day) - cast($days as integer) + 1, max(day) + interval 1 day, interval 1 day))::date as day
  from daily_metrics
),
since as (
  select cast(min(day) - interval 1 day as date) as utc_day from last_days
),
recent_events as (
  select occurred_at, type, user_id from events_by_day where day >= (select utc_day from since)
),
recent_sessions as (
  select client_kind, client, started_at, ended_at, is_engaged
  from sessions
  where ended_at >= (select utc_day from since)
),
stays as (
  select distinct
    v.visitor_id,
    cast(unnest(generate_series(local_day(s.started_at), local_day(s.ended_at), interval 1 day)) as date) as day
  from recent_sessions s
  join visitors v on v.client_kind = s.client_kind and v.client = s.client
),
facts as (
  select local_day(occurred_at) as day, 1 as events, cast(type = 'page' as integer) as page_views, user_id
  from recent_events
  union all by name
  select day, 1 as visitors from stays
  union all by name
  select local_day(first_seen_at) as day, 1 as new_visitors from users where first_seen_at >= (select utc_day from since)
  union all by name
  select local_day(started_at) as day, 1 as sessions, cast(is_engaged as integer) as engaged_sessions
  from recent_sessions
  union all by name
  select local_day(started_at) as day, 1 as swaps_started from swaps where started_at >= (select utc_day from since)
  union all by name
  select local_day(completed_at) as day, 1 as swaps_completed, from_amount_usd as swapped_usd
  from swaps
  where completed_at >= (select utc_day from since)
),
days_computed as (
  select
    day,
    coalesce(sum(events), 0) as events,
    coalesce(sum(page_views), 0) as page_views,
    coalesce(sum(visitors), 0) as visitors,
    coalesce(sum(new_visitors), 0) as new_visitors,
    count(distinct user_id) as users,
    coalesce(sum(sessions), 0) as sessions,
    coalesce(sum(engaged_sessions), 0) as engaged_sessions,
    coalesce(sum(sessions), 0) - coalesce(sum(engaged_sessions), 0) as bounces,
    coalesce(sum(swaps_started), 0) as swaps_started,
    coalesce(sum(swaps_completed), 0) as swaps_completed,
    coalesce(sum(swapped_usd), 0) as swapped_usd
  from facts
  semi join last_days using (day)
  group by day
),
days_stored as (
  select * from daily_metrics semi join last_days using (day)
),
visitors_computed as (
  select
    client_kind,
    client,
    min(started_at) as first_seen_at,
    max(ended_at) as last_seen_at,
    count(*) as sessions,
    count_if(is_engaged) as engaged_sessions,
    sum(events) as events,
    sum(page_views) as page_views,
    sum(swaps_completed) as swaps_completed
  from sessions
  semi join sampled_clients using (client_kind, client)
  group by client_kind, client
),
visitors_stored as (
  select
    client_kind,
    client,
    first_seen_at,
    last_seen_at,
    sessions,
    engaged_sessions,
    events,
    page_views,
    swaps_completed
  from visitors
  semi join sampled_clients using (client_kind, client)
),
sampled_visitors as (
  select distinct visitor_id from visitors semi join sampled_clients using (client_kind, client)
),
users_computed as (
  select
    visitor_id,
    count(*) as clients,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at,
    sum(sessions) as sessions,
    sum(engaged_sessions) as engaged_sessions,
    sum(events) as events,
    sum(page_views) as page_views,
    sum(swaps_completed) as swaps_completed
  from visitors
  semi join sampled_visitors using (visitor_id)
  group by visitor_id
),
users_stored as (
  select
    visitor_id,
    clients,
    first_seen_at,
    last_seen_at,
    sessions,
    engaged_sessions,
    events,
    page_views,
    swaps_completed
  from users
  semi join sampled_visitors using (visitor_id)
),
swaps_stored as (
  select route_id, first_event_at, last_event_at, completed_at, failed_at, failures, updates
  from swaps
  where day >= (select utc_day from since)
),
swaps_computed as (
  select
    route_id,
    min(occurred_at) as first_event_at,
    max(occurred_at) as last_event_at,
    min(occurred_at) filter (where event_name = 'lifi_route_execution_completed') as completed_at,
    max(occurred_at) filter (where event_name = 'lifi_route_execution_failed') as failed_at,
    count(*) filter (where event_name = 'lifi_route_execution_failed') as failures,
    count(*) filter (where event_name = 'lifi_route_execution_updated') as updates
  from swap_events
  semi join swaps_stored using (route_id)
  where day >= (select utc_day from since)
    and event_name like 'lifi_route_execution_%'
  group by route_id
)
select
  abs((select count(*) from recent_events where type = 'page')
    - (select count(*) from page_views where day >= (select utc_day from since))) as page_views_missing,
  (select count(*) from (from visitors_computed except from visitors_stored)) as visitors_differ,
  (select count(*) from (from users_computed except from users_stored)) as users_differ,
  (select count(*) from (from swaps_stored except from swaps_computed)) as swaps_differ,
  (select count(*) from (from days_computed except from days_stored)) as days_differ;
