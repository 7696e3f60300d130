-- Temp table new_page_views: page calls of the touched sessions, and of nobody's. Grain: event.
create or replace temp table new_page_views as
select
  day,
  event_id,
  occurred_at,
  cast(md5(client_kind || ':' || client || ':' || cast(session_start as varchar)) as uuid) as session_id,
  client_kind,
  client,
  anonymous_id,
  user_id,
  page_url,
  page_path,
  page_title,
  page_referrer
from placed
where type = 'page'
union all
select
  day,
  event_id,
  occurred_at,
  cast(null as uuid),
  cast(null as varchar),
  cast(null as varchar),
  anonymous_id,
  user_id,
  page_url,
  page_path,
  page_title,
  page_referrer
from new_events_by_day
where type = 'page'
  and client is null;
