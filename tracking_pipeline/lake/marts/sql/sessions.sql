-- Temp table new_sessions: the sessions of scope, cut by session_starts. Grain: session. See docs/metrics.md.
create or replace temp table placed as
with numbered as (
  select
    event_id,
    session_start,
    row_number() over (partition by client_kind, client order by occurred_at, event_id) as n
  from session_starts
)
select
  s.session_start,
  s.n,
  e.day,
  e.occurred_at,
  e.event_id,
  e.type,
  e.event_name,
  e.client_kind,
  e.client,
  e.anonymous_id,
  e.user_id,
  e.page_url,
  e.page_path,
  e.page_title,
  e.page_referrer,
  e.country,
  e.browser,
  e.os,
  e.device_type
from scope e
join numbered s on s.event_id = e.event_id;
create or replace temp table new_sessions as
with cut as (
  select
    client_kind,
    client,
    session_start as started_at,
    max(occurred_at) as ended_at,
    count(*) as events,
    count(*) filter (where type = 'page') as page_views,
    count(*) filter (where event_name = 'lifi_route_execution_started') as swaps_started,
    count(*) filter (where event_name = 'lifi_route_execution_completed') as swaps_completed,
    arg_min(page_url, n) filter (where page_url is not null) as entry_url,
    arg_min_null(page_path, n) filter (where page_url is not null) as entry_path,
    arg_max(page_url, n) filter (where page_url is not null) as exit_url,
    arg_max_null(page_path, n) filter (where page_url is not null) as exit_path,
    arg_min_null(page_referrer, n) filter (where page_url is not null) as referrer,
    arg_max(user_id, n) filter (where user_id is not null) as user_id,
    arg_max(country, n) filter (where country is not null) as country,
    arg_max(browser, n) filter (where browser is not null) as browser,
    arg_max(os, n) filter (where os is not null) as os,
    arg_max(device_type, n) filter (where device_type is not null) as device_type
  from placed
  group by client_kind, client, session_start
),
came as (
  select
    *,
    epoch(ended_at) - epoch(started_at) as duration_s,
    traffic_source(entry_url, referrer) as traffic
  from cut
)
select
  cast(started_at as date) as day,
  cast(md5(client_kind || ':' || client || ':' || cast(started_at as varchar)) as uuid) as session_id,
  client_kind,
  client,
  started_at,
  ended_at,
  duration_s,
  events,
  page_views,
  duration_s >= 10 or page_views >= 2 or swaps_completed > 0 as is_engaged,
  not (duration_s >= 10 or page_views >= 2 or swaps_completed > 0) as is_bounce,
  swaps_started,
  swaps_completed,
  entry_url,
  entry_path,
  exit_url,
  exit_path,
  referrer,
  traffic.source as source,
  traffic.medium as medium,
  traffic.campaign as campaign,
  channel_of(traffic.source, traffic.medium, traffic.campaign) as channel,
  user_id,
  country,
  browser,
  os,
  device_type
from came;
