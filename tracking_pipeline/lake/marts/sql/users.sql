-- Temp tables gone_users, new_users: old and new visitors of the touched clients. Grain: visitor. Temp table
-- visitor_clients: all their clients, as they will be.
create or replace temp table touched_visitors as
select visitor_id from gone_visitors
union
select visitor_id from new_visitors;
create or replace temp table gone_users as
select u.*
from users u
semi join touched_visitors t on t.visitor_id = u.visitor_id;
create or replace temp table visitor_clients as
select v.*
from visitors_now v
semi join touched_visitors t on t.visitor_id = v.visitor_id;
create or replace temp table new_users as
select
  v.visitor_id,
  count(*) as clients,
  min(v.first_seen_at) as first_seen_at,
  max(v.last_seen_at) as last_seen_at,
  cast(sum(v.sessions) as bigint) as sessions,
  cast(sum(v.engaged_sessions) as bigint) as engaged_sessions,
  cast(sum(v.events) as bigint) as events,
  cast(sum(v.page_views) as bigint) as page_views,
  cast(sum(v.swaps_completed) as bigint) as swaps_completed,
  arg_max(v.user_id, row(v.user_id_at, v.client_kind, v.client)) filter (where v.user_id is not null) as user_id,
  max(v.user_id_at) as user_id_at,
  arg_min(v.first_url, row(v.first_url_at, v.client_kind, v.client)) filter (where v.first_url is not null) as first_url,
  min(v.first_url_at) as first_url_at,
  arg_min_null(v.first_referrer, row(v.first_seen_at, v.client_kind, v.client)) as first_referrer,
  arg_min_null(v.first_source, row(v.first_seen_at, v.client_kind, v.client)) as first_source,
  arg_min_null(v.first_medium, row(v.first_seen_at, v.client_kind, v.client)) as first_medium,
  arg_min_null(v.first_campaign, row(v.first_seen_at, v.client_kind, v.client)) as first_campaign,
  arg_min_null(v.first_channel, row(v.first_seen_at, v.client_kind, v.client)) as first_channel,
  arg_max(v.country, row(v.country_at, v.client_kind, v.client)) filter (where v.country is not null) as country,
  max(v.country_at) as country_at
from visitor_clients v
group by v.visitor_id;
