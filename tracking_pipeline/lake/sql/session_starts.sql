-- Temp table session_starts: one row per event of session_events, with the start of its session. Key: event_id.
-- The one definition of a session: it ends after 30 minutes without an event of its client (and, by choice, with the
-- day: macro is_session_cut of sessions.py; or with a campaign: campaign_starts.sql). Marts and deliveries each say
-- which events they look at (session_events: event_id, occurred_at, client_kind, client, page_url). Idempotent.
create or replace temp table session_starts as
with starts as (
  select
    *,
    case
      when occurred_at - lag(occurred_at) over in_order <= interval 30 minutes
        and not is_session_cut(lag(occurred_at) over in_order, occurred_at) then null
      else occurred_at
    end as starts_here
  from session_events
  window in_order as (partition by client_kind, client order by occurred_at, event_id)
)
select
  event_id,
  occurred_at,
  client_kind,
  client,
  last_value(starts_here ignore nulls) over (
    partition by client_kind, client
    order by occurred_at, event_id
    rows between unbounded preceding and current row
  ) as session_start
from starts;
