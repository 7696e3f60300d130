-- Temp table session_starts, cut further by choice: a page with another campaign than the session's last one, or with
-- the first one after a page without, starts a session. A campaign is what traffic_source reads off the URL alone:
-- utm_*, or a click id. An event without a page, or whose page names none, goes on with the session's.
-- Wants page_url in session_events. Grain and key as before.
create or replace temp table session_starts as
with named as (
  select
    s.*,
    e.page_url is not null as has_page,
    traffic_source(e.page_url, null) as traffic
  from session_starts s
  join session_events e on e.event_id = s.event_id
),
told as (
  select
    * exclude (traffic),
    case when has_page and traffic.source <> '(direct)' then traffic end as campaign
  from named
),
cut as (
  select
    *,
    case
      when campaign is not null
        and bool_or(has_page) over before
        and campaign is distinct from last_value(campaign ignore nulls) over before then occurred_at
    end as starts_here
  from told
  window before as (
    partition by client_kind, client, session_start
    order by occurred_at, event_id
    rows between unbounded preceding and 1 preceding
  )
)
select
  event_id,
  occurred_at,
  client_kind,
  client,
  greatest(
    session_start,
    max(starts_here) over (
      partition by client_kind, client, session_start
      order by occurred_at, event_id
      rows between unbounded preceding and current row
    )
  ) as session_start
from cut;
