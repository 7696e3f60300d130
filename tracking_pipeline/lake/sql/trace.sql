-- trace: every step of every copy of one message, as (at, what, detail). $id: message_id, or event_id as text.
with copies as (
  select event_id, message_id, 'events' as place, received_at, occurred_at, occurred_from, source, source_file, ordinal
  from events where message_id = $id or cast(event_id as varchar) = $id
  union all
  select event_id, message_id, 'duplicates', received_at, occurred_at, occurred_from, source, source_file, ordinal
  from duplicates where message_id = $id or cast(event_id as varchar) = $id
)
select occurred_at as at, 'occurred' as what, 'on the client''s side (' || occurred_from || ')' as detail
from copies where place = 'events'
union all
select received_at, 'received', 'by the collector, source ' || source || ', on disk before the answer' from copies
union all
select received_at, 'rejected', reason || ': ' || coalesce(detail, '') from rejected_events where message_id = $id
union all
select f.published_at, 'published', f.path
from loaded_files f join copies c on c.source_file = f.path
union all
select f.loaded_at, 'loaded', 'into ' || c.place || ', transaction ' || f.load_id
from loaded_files f join copies c on c.source_file = f.path
union all
select
  d.recorded_at,
  d.state,
  concat_ws(
    ', ',
    d.destination,
    'status ' || d.http_status,
    'request ' || d.request_id,
    d.reason,
    'changed ' || array_to_string(d.fixes, ' ')
  )
from deliveries d
where d.event_id in (select event_id from copies)
union all
select
  null,
  s.state,
  concat_ws(', ', s.destination, s.why, case when s.leaves_by_itself
    then 'expires ' || strftime(s.expires_at, '%Y-%m-%d %H:%M') end)
from undelivered s
where s.event_id in (select event_id from copies)
union all
select null, 'not for', d.destination || ', it was turned on at ' || strftime(d.since, '%Y-%m-%d %H:%M:%S')
from copies c
join destinations d on c.received_at < d.since
where c.place = 'events';
