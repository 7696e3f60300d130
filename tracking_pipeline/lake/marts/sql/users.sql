-- Temp tables gone_users, new_users: old and new visitors of the touched clients. Grain: visitor. Temp tables
-- visitors_before, visitor_clients: all clients of these, as they are and as they will be. What a visitor is follows
-- from its clients, before and after: `users` is not read. `visitors` is read for the ids alone, and most visitors have
-- no client but the touched one.
create or replace temp macro users_of(relation) as table
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
from query_table(relation) v
group by v.visitor_id;
create or replace temp table touched_visitors as
select visitor_id from gone_visitors
union
select visitor_id from new_visitors;
create or replace temp table far_clients as
select v.client_kind, v.client
from visitors v
semi join touched_visitors t on t.visitor_id = v.visitor_id
anti join near_visitors n on n.client_kind = v.client_kind and n.client = v.client;
create or replace temp table kept_clients as
select n.*
from near_visitors n
semi join touched_visitors t on t.visitor_id = n.visitor_id
anti join gone_visitors g on g.client_kind = n.client_kind and g.client = n.client
union all
select v.*
from visitors v
semi join far_clients f on f.client_kind = v.client_kind and f.client = v.client;
create or replace temp table visitors_before as
from kept_clients
union all
from gone_visitors;
create or replace temp table visitor_clients as
from kept_clients
union all
from new_visitors;
create or replace temp table gone_users as
from users_of('visitors_before');
create or replace temp table new_users as
from users_of('visitor_clients');
