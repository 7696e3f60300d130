-- Temp table hulls: per client, what to compute again: each island with the sessions near it, if it
-- has any.
create or replace temp table hulls as
select
  i.client_kind,
  i.client,
  least(i.first_at, coalesce(min(s.started_at), i.first_at)) as first_at,
  greatest(i.last_at, coalesce(max(s.ended_at), i.last_at)) as last_at,
  count(s.session_id) > 0 as has_sessions
from islands i
left join gone_sessions s
  on i.client_kind = s.client_kind
  and i.client = s.client
  and s.started_at <= i.last_at + interval 30 minutes
  and s.ended_at >= i.first_at - interval 30 minutes
group by i.client_kind, i.client, i.first_at, i.last_at;
