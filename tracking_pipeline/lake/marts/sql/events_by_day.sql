-- Temp table new_events_by_day: events of the transactions after $after and up to $upto, without bots.
-- Grain: event. Wants the macros of clients.sql.
create or replace temp table new_events_by_day as
select
  cast(occurred_at as date) as day,
  occurred_at,
  event_id,
  source as source_name,
  type,
  event_name,
  client_kind(anonymous_id, device_id, device_is_new, user_id) as client_kind,
  client(anonymous_id, device_id, device_is_new, user_id) as client,
  device_id,
  device_is_new,
  anonymous_id,
  user_id,
  previous_id,
  ga_client_id,
  wallets,
  page_url,
  page_path,
  page_title,
  page_referrer,
  country,
  browser,
  os,
  device_type
from events
where load_id > $after
  and load_id <= $upto
  and not is_bot;
