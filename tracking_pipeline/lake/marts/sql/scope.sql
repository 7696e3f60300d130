-- Temp view scope: all present events of the hulls: the new ones, and those that the marts had and that did not leave
-- (temp table kept_events, filled by kept_events.sql). Grain: event. Temp view session_events shows of them what
-- session_starts wants.
create or replace temp table kept_events as
from new_events_by_day
limit 0;
create or replace temp view scope as
from kept_events
union all
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
