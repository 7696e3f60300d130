-- replayable: refused events that no replay has re-admitted, in order of receipt. Key: (source_file, ordinal).
-- Temp table replayed: places that were replayed already. A parameter that is null stands for all.
select
  source_file,
  ordinal,
  reason,
  source,
  epoch_us(received_at) as received_at,
  epoch_us(sent_at) as sent_at,
  device_id,
  device_is_new,
  ga_client_id,
  ga_sessions,
  ga_fpid,
  original,
  original_bytes,
  scrubbed,
  path,
  ip,
  origin,
  user_agent,
  dialect
from rejected_events
where ($first is null or date + to_hours(hour) >= $first)
  and ($last is null or date + to_hours(hour) <= $last)
  and ($reason is null or reason = $reason)
  and source_file || '#' || ordinal not in (from replayed)
order by received_at, source_file, ordinal;
