-- Temp tables gone_visitors, new_visitors: clients whose sessions were touched, or who are another visitor now.
-- Grain: client. A row is made of its parts: what it was, less the sessions that go, and those that come; so a client's
-- past is read again only where a session goes that the row has a first or a last value of (stale_clients).
create or replace temp macro parts(relation) as table
select
  client_kind,
  client,
  1 as sessions,
  cast(is_engaged as integer) as engaged_sessions,
  events,
  page_views,
  swaps_completed,
  started_at as first_seen_at,
  ended_at as last_seen_at,
  user_id,
  if(user_id is null, null, started_at) as user_id_at,
  entry_url as first_url,
  if(entry_url is null, null, started_at) as first_url_at,
  referrer as first_referrer,
  source as first_source,
  medium as first_medium,
  campaign as first_campaign,
  channel as first_channel,
  country,
  if(country is null, null, started_at) as country_at
from query_table(relation);
create or replace temp table near_visitors as
select v.*
from visitors v
semi join visitor_of o on o.client_kind = v.client_kind and o.client = v.client;
create or replace temp table gone_visitors as
select v.*
from near_visitors v
join visitor_of o on o.client_kind = v.client_kind and o.client = v.client
left join touched_clients t on t.client_kind = v.client_kind and t.client = v.client
where t.client is not null
  or o.visitor_id <> v.visitor_id;
create or replace temp table gone_parts as
from parts('gone_sessions');
create or replace temp table new_parts as
from parts('new_sessions');
create or replace temp table lost_values as
select
  v.client_kind,
  v.client,
  bool_or(g.first_seen_at = v.first_seen_at) as first_seen,
  bool_or(g.last_seen_at = v.last_seen_at) as last_seen,
  coalesce(bool_or(g.user_id_at = v.user_id_at), false) as user_id,
  coalesce(bool_or(g.first_url_at = v.first_url_at), false) as first_url,
  coalesce(bool_or(g.country_at = v.country_at), false) as country
from near_visitors v
join gone_parts g on g.client_kind = v.client_kind and g.client = v.client
group by v.client_kind, v.client;
create or replace temp table stale_clients as
with came as (
  select
    client_kind,
    client,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at,
    max(user_id_at) as user_id_at,
    min(first_url_at) as first_url_at,
    max(country_at) as country_at
  from new_parts
  group by client_kind, client
)
select v.client_kind, v.client
from near_visitors v
join lost_values l on l.client_kind = v.client_kind and l.client = v.client
left join came c on c.client_kind = v.client_kind and c.client = v.client
where (l.first_seen and coalesce(c.first_seen_at > v.first_seen_at, true))
  or (l.last_seen and coalesce(c.last_seen_at < v.last_seen_at, true))
  or (l.user_id and coalesce(c.user_id_at < v.user_id_at, true))
  or (l.first_url and coalesce(c.first_url_at > v.first_url_at, true))
  or (l.country and coalesce(c.country_at < v.country_at, true));
create or replace temp table stale_sessions as
select s.*
from sessions_now s
semi join stale_clients t on t.client_kind = s.client_kind and t.client = s.client;
create or replace temp table visitor_parts as
with kept as (
  select v.* replace (
    if(l.first_seen, null, v.first_seen_at) as first_seen_at,
    if(l.last_seen, null, v.last_seen_at) as last_seen_at,
    if(l.user_id, null, v.user_id_at) as user_id_at,
    if(l.first_url, null, v.first_url_at) as first_url_at,
    if(l.country, null, v.country_at) as country_at
  )
  from near_visitors v
  semi join touched_clients t on t.client_kind = v.client_kind and t.client = v.client
  left join lost_values l on l.client_kind = v.client_kind and l.client = v.client
),
moving as (
  select * exclude (visitor_id) from kept
  union all by name
  select
    client_kind,
    client,
    -sessions as sessions,
    -engaged_sessions as engaged_sessions,
    -events as events,
    -page_views as page_views,
    -swaps_completed as swaps_completed
  from gone_parts
  union all by name
  from new_parts
)
select m.*
from moving m
anti join stale_clients s on s.client_kind = m.client_kind and s.client = m.client
union all by name
from parts('stale_sessions');
create or replace temp table new_visitors as
select
  p.client_kind,
  p.client,
  any_value(o.visitor_id) as visitor_id,
  min(p.first_seen_at) as first_seen_at,
  max(p.last_seen_at) as last_seen_at,
  cast(sum(p.sessions) as bigint) as sessions,
  cast(sum(p.engaged_sessions) as bigint) as engaged_sessions,
  cast(sum(p.events) as bigint) as events,
  cast(sum(p.page_views) as bigint) as page_views,
  cast(sum(p.swaps_completed) as bigint) as swaps_completed,
  arg_max(p.user_id, p.user_id_at) as user_id,
  max(p.user_id_at) as user_id_at,
  arg_min(p.first_url, p.first_url_at) as first_url,
  min(p.first_url_at) as first_url_at,
  arg_min_null(p.first_referrer, p.first_seen_at) as first_referrer,
  arg_min_null(p.first_source, p.first_seen_at) as first_source,
  arg_min_null(p.first_medium, p.first_seen_at) as first_medium,
  arg_min_null(p.first_campaign, p.first_seen_at) as first_campaign,
  arg_min_null(p.first_channel, p.first_seen_at) as first_channel,
  arg_max(p.country, p.country_at) as country,
  max(p.country_at) as country_at
from visitor_parts p
join visitor_of o on o.client_kind = p.client_kind and o.client = p.client
group by p.client_kind, p.client
having sum(p.sessions) > 0
union all
select v.* replace (o.visitor_id as visitor_id)
from near_visitors v
join visitor_of o on o.client_kind = v.client_kind and o.client = v.client
anti join touched_clients t on t.client_kind = v.client_kind and t.client = v.client
where o.visitor_id <> v.visitor_id;
