-- Add to the temp table gone_page_views: page calls of the sessions that go, and those that left, between $from_at and
-- $to_at. Grain: event.
insert into gone_page_views
select *
from page_views
where {day in looked_days}
  and occurred_at between $from_at and $to_at
  and (
    session_id in (select session_id from gone_sessions)
    or event_id in (select event_id from gone_events_by_day)
  );
