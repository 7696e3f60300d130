-- Temp tables gone_visitors, new_visitors: clients whose sessions were touched, or who are another visitor now.
-- Grain: client.
create or replace temp table gone_visitors as
select v.*
from visitors v
join visitor_of o on o.client_kind = v.client_kind and o.client = v.client
left join touched_clients t on t.client_kind = v.client_kind and t.client = v.client
where t.client is not null
  or o.visitor_id <> v.visitor_id;
create or replace temp table new_visitors as
select
  s.client_kind,
  s.client,
  any_value(o.visitor_id) as visitor_id,
  min(s.started_at) as first_seen_at,
  max(s.ended_at) as last_seen_at,
  count(*) as sessions,
  count(*) filter (where s.is_engaged) as engaged_sessions,
  cast(sum(s.events) as bigint) as events,
  cast(sum(s.page_views) as bigint) as page_views,
  cast(sum(s.swaps_completed) as bigint) as swaps_completed,
  arg_max(s.user_id, s.started_at) filter (where s.user_id is not null) as user_id,
  arg_min(s.entry_url, s.started_at) filter (where s.entry_url is not null) as first_url,
  arg_min_null(s.referrer, s.started_at) as first_referrer,
  arg_min_null(s.source, s.started_at) as first_source,
  arg_min_null(s.medium, s.started_at) as first_medium,
  arg_min_null(s.campaign, s.started_at) as first_campaign,
  arg_min_null(s.channel, s.started_at) as first_channel,
  arg_max(s.country, s.started_at) filter (where s.country is not null) as country
from sessions_now s
join touched_clients t on t.client_kind = s.client_kind and t.client = s.client
join visitor_of o on o.client_kind = s.client_kind and o.client = s.client
group by s.client_kind, s.client
union all
select v.* replace (o.visitor_id as visitor_id)
from visitors v
join visitor_of o on o.client_kind = v.client_kind and o.client = v.client
anti join touched_clients t on t.client_kind = v.client_kind and t.client = v.client
where o.visitor_id <> v.visitor_id;
