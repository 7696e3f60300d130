-- The planned events with all that a destination is told of them, oldest first. One row per planned event that may leave:
-- of one that may not (temp table withheld) nothing is read.
-- $from_at, $to_at: the earliest and the latest of them, as constants, so that other files are not opened.
select
  cast(e.event_id as varchar) as event_id,
  e.type,
  e.occurred_at,
  e.event_name,
  e.category,
  e.group_id,
  e.page_url,
  e.page_title,
  e.page_referrer,
  cast(e.properties as varchar) as properties,
  e.is_bot,
  e.consent,
  e.source,
  cast(e.context -> '$.campaign' as varchar) as campaign,
  e.user_id,
  e.device_id,
  e.ga_client_id,
  cast(e.date as varchar) as date,
  e.hour,
  e.ga_fpid,
  cast(e.ga_sessions as varchar) as ga_sessions,
  e.context ->> '$.clientIds.ga4.clientId' as ga_named_id,
  e.browser,
  e.os,
  e.device_type,
  e.country,
  e.context ->> '$.locale' as locale,
  e.context ->> '$.screen.width' as screen_width,
  e.context ->> '$.screen.height' as screen_height,
  cast(e.consent_categories as varchar) as consent_categories,
  cast(e.context -> '$.traits' as varchar) as traits
from events e
semi join planned using (event_id)
anti join withheld using (event_id)
where e.date >= $from_date
  and e.occurred_at between $from_at and $to_at
order by e.occurred_at, e.event_id;
