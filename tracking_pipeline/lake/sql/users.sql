-- users: one row per visitor. Until `identities` links them, a visitor is a client (see sessions). No bots.
create or replace view users as
select
  {client_kind} || ':' || {client} as visitor_id,
  min(occurred_at) as first_seen_at,
  max(occurred_at) as last_seen_at,
  count(*) as events,
  count(*) filter (where type = 'page') as page_views,
  arg_max(user_id, occurred_at) filter (where user_id is not null) as user_id,
  arg_min(page_url, occurred_at) filter (where page_url is not null) as first_url,
  arg_min(page_referrer, occurred_at) filter (where page_referrer is not null) as first_referrer
from events
where not is_bot and {client} is not null
group by all;
