-- Append `unsent` rows for what is replayable (temp table) and young enough. Grain: event. Once per transaction.
insert into deliveries (
  event_id, destination, state, attempt_id, reason, recorded_at, load_id, date, hour
)
select
  event_id,
  $destination,
  'unsent',
  cast(uuid() as varchar),
  'replayed',
  $recorded_at,
  $load_id,
  date,
  hour
from replayable
where not is_too_old;
