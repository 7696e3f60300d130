-- Temp table touched_days: days of daily_metrics to compute again. Wants the temp macro local_day.
create or replace temp table touched_days as
with moved as (
  select n.client_kind, n.client
  from new_visitors n
  join gone_visitors g on g.client_kind = n.client_kind and g.client = n.client
  where n.visitor_id <> g.visitor_id
),
firsts as (
  (
    select visitor_id, first_seen_at from new_users
    except
    select visitor_id, first_seen_at from gone_users
  )
  union all
  (
    select visitor_id, first_seen_at from gone_users
    except
    select visitor_id, first_seen_at from new_users
  )
),
executions as (
  (
    select route_id, started_at, completed_at, from_amount_usd from new_swaps
    except
    select route_id, started_at, completed_at, from_amount_usd from gone_swaps
  )
  union all
  (
    select route_id, started_at, completed_at, from_amount_usd from gone_swaps
    except
    select route_id, started_at, completed_at, from_amount_usd from new_swaps
  )
)
select local_day(occurred_at) as day from new_events_by_day
union
select local_day(occurred_at) from gone_events_by_day
union
select local_day(started_at) from gone_sessions
union
select local_day(started_at) from new_sessions
union
select cast(unnest(generate_series(local_day(s.started_at), local_day(s.ended_at), interval 1 day)) as date)
from sessions_now s
semi join moved m on m.client_kind = s.client_kind and m.client = s.client
union
select local_day(first_seen_at) from firsts
union
select local_day(started_at) from executions
union
select local_day(completed_at) from executions where completed_at is not null;
