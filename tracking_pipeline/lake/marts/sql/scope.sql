-- Temp table scope: all present events of the hulls: those that the marts had and that did not leave, and new ones.
-- Grain: event. Temp view session_events shows of them what session_starts wants.
create or replace temp table scope as
select
  e.day,
  e.occurred_at,
  e.event_id,
  e.type,
  e.event_name,
  e.client_kind,
  e.client,
  e.anonymous_id,
  e.user_id,
  e.page_url,
  e.page_path,
  e.page_title,
  e.page_referrer,
  e.country,
  e.browser,
  e.os,
  e.device_type
from events_by_day e
semi join hulls h
  on h.client_kind = e.client_kind
  and h.client = e.client
  and e.occurred_at between h.first_at and h.last_at
anti join gone_events_by_day g on g.event_id = e.event_id
where {day in hull_days}
union all
select
  day,
  occurred_at,
  event_id,
  type,
  event_name,
  client_kind,
  client,
  anonymous_id,
  user_id,
  page_url,
  page_path,
  page_title,
  page_referrer,
  country,
  browser,
  os,
  device_type
from new_events_by_day
where client is not null;
create or replace temp view session_events as
select
  event_id,
  occurred_at,
  client_kind,
  client,
  session_url(page_url) as page_url
from scope;
