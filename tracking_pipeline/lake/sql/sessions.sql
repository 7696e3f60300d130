-- sessions: one row per stretch of a client's events without a pause of more than 30 minutes. Key: session_id.
-- A client is an anonymous id, else a device id that came back, else a user id (as in clients.sql). No bots.
create or replace view sessions as
with keyed as (
  select
    *,
    {client_kind} as client_kind,
    {client} as client
  from events
  where not is_bot
),
cut as (
  select
    *,
    case
      when occurred_at - lag(occurred_at) over in_order <= interval 30 minutes then 0
      else 1
    end as starts
  from keyed
  where client is not null
  window in_order as (partition by client_kind, client order by occurred_at, event_id)
),
numbered as (
  select
    *,
    sum(starts) over (partition by client_kind, client order by occurred_at, event_id rows unbounded preceding) as n
  from cut
)
select
  md5(client_kind || ':' || client || ':' || cast(min(occurred_at) as varchar)) as session_id,
  client_kind,
  client,
  min(occurred_at) as started_at,
  max(occurred_at) as ended_at,
  epoch(max(occurred_at)) - epoch(min(occurred_at)) as duration_s,
  count(*) as events,
  count(*) filter (where type = 'page') as page_views,
  arg_min(page_url, occurred_at) filter (where page_url is not null) as entry_url,
  arg_max(page_url, occurred_at) filter (where page_url is not null) as exit_url,
  arg_min(page_referrer, occurred_at) filter (where page_referrer is not null) as referrer,
  arg_max(user_id, occurred_at) filter (where user_id is not null) as user_id
from numbered
group by client_kind, client, n;
