-- receipts: one row per received row, wherever it rests; a file that was set aside is one row that stands for `rows`.
-- Key: (source_file, ordinal). Sums over `rows` by hour and place are those of the accounts.
create or replace view receipts as
select 'events' as place, 1 as rows, date, hour, received_at, source, message_id, event_id, event_name,
  cast(null as varchar) as reason, cast(null as varchar) as detail, replayed_from, source_file, ordinal, load_id
from events
union all
select 'duplicates', 1, date, hour, received_at, source, message_id, event_id, event_name,
  null, null, replayed_from, source_file, ordinal, load_id
from duplicates
union all
select 'rejected_events', 1, date, hour, received_at, source, message_id, null, null,
  reason, detail, null, source_file, ordinal, load_id
from rejected_events
union all
select 'set_aside', rows, date, hour, null, null, null, null, null,
  reason, detail, null, source_file, ordinal, load_id
from set_aside;
