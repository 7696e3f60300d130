-- page_views: one row per page call. Key: event_id. No bots.
create or replace view page_views as
select
  event_id,
  occurred_at,
  {client_kind} || ':' || {client} as visitor_id,
  anonymous_id,
  user_id,
  page_url,
  page_path,
  page_title,
  page_referrer
from events
where type = 'page' and not is_bot;
